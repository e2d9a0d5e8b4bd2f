// Questions to the server over the header's component: each has an id, the answer comes as a prop.
import { newId } from "./conversation.js";
import { getState, patch } from "./store.js";
import { endpointOf } from "./workspace.js";

const waiting = new Map();
let env = null;

export function attachServer(header) {
  env = header;
  env.watch("answer", () => {
    const answer = env.props.answer;
    waiting.get(answer?.id)?.(answer);
    waiting.delete(answer?.id);
  });
}

const ask = (event, question) =>
  new Promise((resolve) => {
    const id = newId();
    waiting.set(id, resolve);
    env.trigger(event, { id, ...question });
  });

const spec = (endpoint) =>
  endpoint.built_in
    ? { name: endpoint.name }
    : { name: endpoint.name, base_url: endpoint.base_url, key_name: endpoint.key_name };

/** Fetch an endpoint's models into `state.models[name]`: { list, error, loading }. */
export async function fetchModels(name) {
  const endpoint = endpointOf(getState().workspace, getState().boot, name);
  if (!endpoint) return;
  const before = getState().models[name];
  patch({ models: { ...getState().models, [name]: { list: before?.list ?? [], error: null, loading: true } } });
  const answer = await ask("models", { endpoint: spec(endpoint) });
  const found = { list: answer.models ?? [], error: answer.error ?? null, loading: false };
  patch({ models: { ...getState().models, [name]: found } });
}

/** Hand a typed key to the session's memory on the server; an empty one is forgotten. Returns an error or null. */
export async function sendKey(endpoint, key) {
  const answer = await ask("keep_key", { endpoint: spec(endpoint), key });
  if (answer.error) return answer.error;
  patch({ keys: { ...getState().keys, [endpoint.name]: answer.kept } });
  await fetchModels(endpoint.name);
  return null;
}

/** What is known of a pane's model, or null. */
export const modelInfo = (pane) => getState().models[pane.endpoint]?.list.find((model) => model.id === pane.model) ?? null;
