// The page's one document: what the browser keeps, and pure changes to it.
import { messagesOf, placeOf, settled, showAnswersTo, withoutRunning } from "./answers.js";
import { copyRows, insertAt, makeRow, setText } from "./conversation.js";
import { isPrompt, newId, openCall, textOf } from "./message.js";
import { withTiesKept } from "./mocks.js";
import { settingText, shorten } from "./settingtext.js";
import { chosenRow, freshVariables, namesOf, valuesFor } from "./variables.js";

const VERSION = 1;

/** A fresh workspace: one pane, an empty system prompt. `boot` is what the server told (ui/boot.py). */
export const freshWorkspace = (boot) => ({
  version: VERSION,
  view: "chat",
  side: "params",
  client: boot.clients[0]?.id ?? null,
  clients: {}, // language -> the client that was used last in it
  stream: true,
  full: false,
  images: null, // "inline" or "file", once chosen
  wrap: null, // whether the code's long lines go on below, once chosen
  markdown: true,
  sync: { prompt: true, history: true, params: false },
  draft: "",
  draftImages: [],
  variables: freshVariables(),
  presets: [],
  mocks: {}, // name of a tool -> the text that answers its calls
  mockTies: {}, // see mocks.js
  callDrafts: [], // see calldrafts.js
  runOn: {}, // pane id -> { on, limit }: whether it goes on by itself after the results of tools
  active: 0,
  endpoints: [],
  panes: [freshPane(boot)],
});

const freshPane = (boot) => ({
  id: newId(),
  endpoint: boot.default.endpoint,
  model: boot.default.model,
  params: {},
  extra: "",
  thoughts: false, // whether the reasoning of earlier answers is sent back
  rows: [makeRow("system")],
});

/**
 * The workspace as stored, or null if it cannot be this version's; what an older page did not know is as in a fresh
 * one. Runs that a reload broke off are marked.
 */
export function revive(stored, boot) {
  if (stored?.version !== VERSION || !Array.isArray(stored.panes) || !stored.panes.length) return null;
  const linked = (row) => ({ ...row, link: row.link ?? row.id });
  const panes = stored.panes.map((pane) => ({ ...pane, rows: settled(pane.rows).map(linked) }));
  return { ...freshWorkspace(boot), ...stored, panes };
}

export const paneAt = (workspace, id) => workspace.panes.findIndex((pane) => pane.id === id);

export const changePane = (workspace, index, change) => ({
  ...workspace,
  panes: workspace.panes.map((pane, place) => (place === index ? change(pane) : pane)),
});

export const changeRows = (workspace, index, change) =>
  changePane(workspace, index, (pane) => ({ ...pane, rows: change(pane.rows) }));

// --- panes -----------------------------------------------------------------------------------------

const written = (rows) => copyRows(withoutRunning(rows));

/** A further pane beside pane `from`, its copy. */
export const addPane = (workspace, from = workspace.active) => {
  const source = workspace.panes[from];
  const copy = { ...source, id: newId(), rows: written(source.rows) };
  return { ...workspace, panes: workspace.panes.toSpliced(from + 1, 0, copy), active: from + 1 };
};

export const closePane = (workspace, index) => ({
  ...workspace,
  panes: workspace.panes.toSpliced(index, 1),
  active: Math.max(0, Math.min(workspace.active - (workspace.active > index ? 1 : 0), workspace.panes.length - 2)),
});

/** Two panes change places. */
export const swapPanes = (workspace, one, other) => {
  const panes = [...workspace.panes];
  [panes[one], panes[other]] = [panes[other], panes[one]];
  const active = { [one]: other, [other]: one }[workspace.active] ?? workspace.active;
  return { ...workspace, panes, active };
};

/** Copy the conversation and the settings of pane `from` to pane `to`; its model stays. */
export const copyPane = (workspace, from, to) => {
  const { rows, params, extra, thoughts } = workspace.panes[from];
  return changePane(workspace, to, (pane) => ({ ...pane, rows: written(rows), params, extra, thoughts }));
};

/** A new conversation, in all panes whose messages are synced: the prompt stays. */
export function clearPane(workspace, index) {
  const fresh = makeRow("system");
  const clear = (rows) => (promptOf(rows).length ? promptOf(rows) : [{ ...fresh, id: newId() }]);
  const reached = (place) => place === index || workspace.sync.history;
  const panes = workspace.panes.map((pane, place) => (reached(place) ? { ...pane, rows: clear(pane.rows) } : pane));
  return { ...workspace, panes };
}

/** Begin a pane's conversation with an example: { system, user }. */
export function beginWith(workspace, index, { system, user }) {
  const { id, rows } = workspace.panes[index];
  const first = rows.find((row) => row.message.role === "system");
  const prompted = first
    ? editRow(workspace, id, first, (there, here) => setText(there, here, system))
    : addRow(workspace, id, 0, makeRow("system", system));
  return addRow(prompted, id, prompted.panes[index].rows.length, makeRow("user", user));
}

// --- edits that reach the other panes --------------------------------------------------------------

const reaches = ({ sync, panes }, role) => panes.length > 1 && (isPrompt(role) ? sync.prompt : sync.history);

/**
 * Edit a pane's rows, and where the panes are synced, the other panes' too. `edit(rows, here, again)` gets each pane's
 * rows and `here(id)`, which finds the row that stands there for row `id` of the edited pane (null if none does);
 * `again` is true for the other panes. `role` says what is edited: the prompt or the history.
 */
export function editRows(workspace, paneId, role, edit) {
  const source = workspace.panes[paneAt(workspace, paneId)];
  if (!source) return workspace;
  const links = new Map(source.rows.map((row) => [row.id, row.link]));
  const all = reaches(workspace, role);
  const panes = workspace.panes.map((pane) => {
    if (pane !== source && !all) return pane;
    const twin = (id) => pane.rows.find((row) => row.link === links.get(id) && row.status !== "running")?.id ?? null;
    const here = pane === source ? (id) => id : (id) => (id === null ? null : twin(id));
    const rows = edit(pane.rows, here, pane !== source);
    return rows === pane.rows ? pane : { ...pane, rows };
  });
  return { ...workspace, panes };
}

/**
 * Insert a row at place `index` of a pane; where that reaches the other panes, below the row that stands above it here,
 * or the nearest one before that which they have too.
 */
export function addRow(workspace, paneId, index, made) {
  const above = workspace.panes[paneAt(workspace, paneId)].rows.slice(0, index).map((row) => row.id).reverse();
  return editRows(workspace, paneId, made.message.role, (rows, here, again) => {
    if (!again) return insertAt(rows, index, made);
    const neighbour = above.map(here).find((id) => id !== null);
    const place = neighbour === undefined ? 0 : placeOf(rows, neighbour) + 1;
    const call = made.message.role === "tool" ? openCall(rows, place) : undefined;
    const message = call ? { ...made.message, tool_call_id: call } : made.message;
    return insertAt(rows, place, { ...made, id: newId(), message });
  });
}

/** Edit one row in place by `edit(rows, id)`, and its twins where that reaches them; answers are each pane's own. */
export function editRow(workspace, paneId, row, edit) {
  const own = row.generated;
  return editRows(workspace, paneId, row.message.role, (rows, here, again) => {
    const id = here(row.id);
    const twin = rows.find((other) => other.id === id);
    return !twin || (again && (own || twin.generated)) ? rows : edit(rows, id);
  });
}

/** Give a parameter this text, or none if it is null. What can't be sent without the tools goes with the last of them. */
export function setParam(workspace, index, name, text) {
  const changed = changeSettings(workspace, index, (pane) => {
    const { [name]: before, ...params } = pane.params;
    if (text !== null) params[name] = text;
    if (name === "tools" && before && !text) delete params.tool_choice;
    return { ...pane, params };
  });
  return name === "tools" ? withTiesKept(changed, changed.panes[index]) : changed;
}

/** Change a pane's parameters or extra fields; all panes' where they are synced. */
export const changeSettings = (workspace, index, change) =>
  workspace.sync.params ? { ...workspace, panes: workspace.panes.map(change) } : changePane(workspace, index, change);

/** Switch the sync of "prompt", "history" or "params". Switched on, the other panes come in line with the active one. */
export function switchSync(workspace, what) {
  const sync = { ...workspace.sync, [what]: !workspace.sync[what] };
  const next = { ...workspace, sync };
  if (!sync[what]) return next;
  const source = workspace.panes[workspace.active];
  return { ...next, panes: next.panes.map((pane) => (pane === source ? pane : IN_LINE[what](pane, source))) };
}

const promptOf = (rows) => rows.filter((row) => isPrompt(row.message.role));
const historyOf = (rows) => rows.filter((row) => !isPrompt(row.message.role));
const authored = (rows) => rows.filter((row) => !row.generated);
const said = (rows) => JSON.stringify(rows.map((row) => row.message));

const IN_LINE = {
  params: (pane, { params, extra, thoughts }) => ({ ...pane, params, extra, thoughts }),

  prompt: (pane, source) => ({ ...pane, rows: [...linked(promptOf(pane.rows), promptOf(source.rows)), ...historyOf(pane.rows)] }),

  // Panes that were asked the same keep their own answers.
  history(pane, source) {
    const [own, other] = [historyOf(pane.rows), historyOf(source.rows)];
    const alike = own.length === other.length && said(authored(own)) === said(authored(other));
    const rows = alike ? own.map((row, index) => ({ ...row, link: other[index].link })) : written(other);
    return { ...pane, rows: [...promptOf(pane.rows), ...rows] };
  },
};

/** The source's rows for another pane; a row of the pane that says the same stays the row it is. */
const linked = (own, source) =>
  source.map((row, index) =>
    own[index] && said([own[index]]) === said([row]) ? { ...own[index], link: row.link } : { ...row, id: newId() },
  );

// --- reading -------------------------------------------------------------------------------------

/** All endpoints, the operator's first. */
export const endpointsOf = (workspace, boot) => [...boot.endpoints, ...workspace.endpoints];

export const endpointOf = (workspace, boot, name) =>
  endpointsOf(workspace, boot).find((endpoint) => endpoint.name === name) ?? null;

/** An endpoint as the server reads it: the operator's by name alone, the user's own by address. */
export const endpointSpec = (endpoint) =>
  endpoint.built_in
    ? { name: endpoint.name }
    : { name: endpoint.name, base_url: endpoint.base_url, key_name: endpoint.key_name, headers: endpoint.headers ?? [] };

/** The names of the variables in all panes and the draft, in the order of their appearance. */
export function variablesOf({ panes, draft, variables }) {
  const rows = [...panes.flatMap((pane) => pane.rows), makeRow("user", draft)];
  return namesOf(rows, variables.literal);
}

/** Choose a row of the variables' table; answers that were made with its values are shown. */
export function chooseCase(workspace, id) {
  const { values } = workspace.variables.rows.find((row) => row.id === id);
  const panes = workspace.panes.map((pane) => ({ ...pane, rows: showAnswersTo(pane.rows, values) }));
  return { ...workspace, panes, variables: { ...workspace.variables, chosen: id } };
}

/** The values that a run of these rows fills in, from row `line` of the table. */
export const valuesOf = ({ variables }, rows, line = chosenRow(variables)) => valuesFor(line, namesOf(rows, variables.literal));

/** A pane as the server reads it (ui/document.py); `rows` are the ones to send, with these values, to this model. */
export function paneDocument(workspace, boot, index, rows = workspace.panes[index].rows, values = null, by = workspace.panes[index]) {
  const pane = workspace.panes[index];
  const endpoint = endpointOf(workspace, boot, by.endpoint) ?? { name: by.endpoint };
  return {
    endpoint: endpointSpec(endpoint),
    model: by.model,
    messages: messagesOf(rows, values ?? valuesOf(workspace, rows), pane.thoughts),
    params: Object.fromEntries(Object.entries(pane.params).filter(([, text]) => text !== "")),
    extra: pane.extra,
  };
}

/** What sets this pane apart from the others: [["Temperature", "1.2"], ...] as short labels. */
export function differences(workspace, index, boot) {
  const { panes } = workspace;
  const pane = panes[index];
  const differs = (read) => panes.some((other) => read(other) !== read(pane));
  const list = boot.params
    .filter(({ name }) => differs((other) => other.params[name]))
    .map(({ name, label }) => [label, settingText(name, pane.params[name])]);
  if (differs((other) => Boolean(other.thoughts))) list.push(["Earlier reasoning", pane.thoughts ? "sent back" : "left out"]);
  if (differs((other) => other.extra.trim())) list.push(["Extra JSON", pane.extra.trim() ? shorten(pane.extra.trim()) : "none"]);
  if (differs(promptText)) list.unshift(["System prompt", promptText(pane) ? "differs" : "none"]);
  return list;
}

/** The texts of the pane's system and developer messages. */
const promptText = (pane) => promptOf(pane.rows).map((row) => textOf(row.message)).filter(Boolean).join("\n\n");

