// Questions to the server over the header's component: each has an id, the answer comes as a prop.
import { newId } from "../document/message.js";
import { getState, patch } from "./store.js";
import { endpointOf, endpointSpec } from "../document/workspace.js";

const waiting = new Map();
let env = null;

export function attachServer(header) {
  env = header;
  env.watch("answer", () => {
    const answer = env.props.answer;
    waiting.get(answer?.id)?.(answer);
  });
}

export const LOST_SERVER = {
  message: "The app does not answer any more.",
  advice: "Look at its terminal, or start it again; what is on this page is kept.",
};

/** Whether the app is there at all. */
export const serverAnswers = () =>
  fetch("health", { cache: "no-store", signal: AbortSignal.timeout(5000) }).then((answer) => answer.ok, () => false);

const PATIENCE = 8000; // milliseconds between looks whether the app is still there

/** Ask, and resolve to the answer; to { error } if the app goes away meanwhile. What is said before that is `onProgress`. */
const ask = (event, question, onProgress = () => {}) =>
  new Promise((resolve) => {
    const id = newId();
    const timer = setInterval(async () => {
      if (!(await serverAnswers())) settle({ error: LOST_SERVER });
    }, PATIENCE);
    const settle = (answer) => {
      if (answer.progress) return onProgress(answer.progress);
      clearInterval(timer);
      waiting.delete(id);
      resolve(answer);
    };
    waiting.set(id, settle);
    env.trigger(event, { id, ...question });
  });

const asked = new Map(); // endpoint name -> number of the latest question

/** Fetch an endpoint's models into `state.models[name]`: { list, error, loading }. */
export async function fetchModels(name) {
  const endpoint = endpointOf(getState().workspace, getState().boot, name);
  if (!endpoint) return;
  const before = getState().models[name];
  patch({ models: { ...getState().models, [name]: { list: before?.list ?? [], error: null, loading: true } } });
  const question = (asked.get(name) ?? 0) + 1;
  asked.set(name, question);
  const answer = await ask("models", { endpoint: endpointSpec(endpoint) });
  if (asked.get(name) !== question) return; // a later question's answer counts
  const found = { list: answer.models ?? [], error: answer.error ?? null, loading: false };
  patch({ models: { ...getState().models, [name]: found } });
}

/** Bring a local model into memory (`wanted`), or put it away. Returns an error or null. */
export async function keepModel(name, model, wanted, onProgress) {
  const { workspace, boot } = getState();
  const question = { endpoint: endpointSpec(endpointOf(workspace, boot, name)), model, wanted };
  const answer = await ask("keep_model", question, onProgress);
  if (answer.error) return answer.error;
  patch({ models: { ...getState().models, [name]: { list: answer.models, error: null, loading: false } } });
  return null;
}

/** Hand a typed key to the session's memory on the server; an empty one is forgotten. Returns an error or null. */
export async function sendKey(endpoint, key) {
  const answer = await ask("keep_key", { endpoint: endpointSpec(endpoint), key });
  if (answer.error) return answer.error;
  patch({ keys: { ...getState().keys, [endpoint.name]: answer.kept } });
  fetchModels(endpoint.name); // takes its time; whoever waits here has the key kept already
  return null;
}

/** Forget what is known of an endpoint that is being removed, its key first. */
export async function forgetEndpoint(endpoint) {
  const { [endpoint.name]: _, ...models } = getState().models;
  patch({ models, keys: { ...getState().keys, [endpoint.name]: false } });
  await ask("keep_key", { endpoint: endpointSpec(endpoint), key: "" });
}

// The panes' code and the files beside one (ui/code.py), and what a pasted text holds (ui/importing.py). Each gives nothing,
// or rejects, if the app is gone.
export const askCodes = (questions) => env.server.codes(questions);
export const askFiles = (question) => env.server.files(question);
export const askPython = (text) => env.server.tools_of_python({ text });
export const askBuiltin = (question) => env.server.builtin_result(question);
export const askImport = (text) => env.server.imported({ text });

/** What is known of a pane's model, or null. An id with a provider (model:provider) is found by the part before. */
export function modelInfo({ endpoint, model }) {
  const list = getState().models[endpoint]?.list ?? [];
  const [id, route] = model.split(/:(?=[^:/]*$)/);
  const exact = list.find((other) => other.id === model);
  const found = exact ?? list.find((other) => other.id === id);
  return !exact && found?.routes?.[route] ? { ...found, price: found.routes[route] } : (found ?? null);
}
