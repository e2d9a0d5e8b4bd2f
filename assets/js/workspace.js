// The page's one document: what the browser keeps, and pure changes to it.
import { copyRows, insertAt, makeRow, messagesOf, newId } from "./conversation.js";

export const VERSION = 1;

/** A fresh workspace: one pane, an empty system prompt. `boot` is what the server told (ui/boot.py). */
export const freshWorkspace = (boot) => ({
  version: VERSION,
  view: "chat",
  client: boot.clients[0]?.id ?? null,
  stream: true,
  synced: true,
  draft: "",
  draftImages: [],
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
  rows: [makeRow("system")],
});

/** The workspace as stored, or null if it cannot be this version's. Runs that a reload broke off are marked. */
export function revive(stored) {
  if (stored?.version !== VERSION || !Array.isArray(stored.panes) || !stored.panes.length) return null;
  const settle = ({ prefilled, before, ...row }) => (row.status === "running" ? { ...row, status: "stopped" } : row);
  return { ...stored, panes: stored.panes.map((pane) => ({ ...pane, rows: pane.rows.map(settle) })) };
}

export const changePane = (workspace, index, change) => ({
  ...workspace,
  panes: workspace.panes.map((pane, place) => (place === index ? change(pane) : pane)),
});

export const changeRows = (workspace, index, change) =>
  changePane(workspace, index, (pane) => ({ ...pane, rows: change(pane.rows) }));

export const addPane = (workspace, from = workspace.active) => {
  const source = workspace.panes[from];
  const copy = { ...source, id: newId(), rows: copyRows(source.rows.filter((row) => row.status !== "running")) };
  return { ...workspace, panes: [...workspace.panes, copy], active: workspace.panes.length };
};

export const closePane = (workspace, index) => ({
  ...workspace,
  panes: workspace.panes.filter((_, place) => place !== index),
  active: 0,
});

export const clearPane = (workspace, index) =>
  changeRows(workspace, index, (rows) => {
    const system = rows.filter((row) => row.message.role === "system");
    return system.length ? system : [makeRow("system")];
  });

// --- taking back: each gives a function for store.offerUndo, and leaves alone what was typed since ---------

const inPane = (id, change) => (workspace) => {
  const index = workspace.panes.findIndex((pane) => pane.id === id);
  return index < 0 ? workspace : changePane(workspace, index, change);
};

/** Put a deleted row back at its place. */
export const putRowBack = (pane, row, index) =>
  inPane(pane, (now) => ({ ...now, rows: insertAt(now.rows, index, row) }));

/** Put a cleared conversation back, above what was written since. */
export const putRowsBack = ({ id, rows }) =>
  inPane(id, (now) => ({ ...now, rows: [...rows, ...now.rows.filter((row) => !rows.some((old) => old.id === row.id))] }));

/** Put a closed pane back. */
export const putPaneBack = (pane, index) => (workspace) => ({
  ...workspace,
  panes: insertAt(workspace.panes, index, pane),
});

/** Give a pane the conversation and settings back that it had. */
export const putPaneAsItWas = (pane) => inPane(pane.id, () => pane);

export const setParam = (workspace, index, name, text) =>
  changePane(workspace, index, (pane) => {
    const params = { ...pane.params };
    if (text === null) delete params[name];
    else params[name] = text;
    return { ...pane, params };
  });

// --- reading -------------------------------------------------------------------------------------

/** All endpoints, the operator's first. */
export const endpointsOf = (workspace, boot) => [...boot.endpoints, ...workspace.endpoints];

export const endpointOf = (workspace, boot, name) =>
  endpointsOf(workspace, boot).find((endpoint) => endpoint.name === name) ?? null;

/** An endpoint as the server reads it: the operator's by name alone, the user's own by address. */
export const endpointSpec = (endpoint) =>
  endpoint.built_in
    ? { name: endpoint.name }
    : { name: endpoint.name, base_url: endpoint.base_url, key_name: endpoint.key_name };

/** A pane as the server reads it (ui/document.py); `rows` are the ones to send. */
export function paneDocument(workspace, boot, index, rows = workspace.panes[index].rows) {
  const pane = workspace.panes[index];
  const endpoint = endpointOf(workspace, boot, pane.endpoint) ?? { name: pane.endpoint };
  return {
    endpoint: endpointSpec(endpoint),
    model: pane.model,
    messages: messagesOf(rows),
    params: pane.params,
    extra: pane.extra,
  };
}

/** What sets this pane apart from the other: [["temperature", "1.2"], ...] as short labels. */
export function differences(workspace, index, boot) {
  const pane = workspace.panes[index];
  const other = workspace.panes.find((_, place) => place !== index);
  if (!other) return [];
  return boot.params
    .filter(({ name }) => pane.params[name] !== other.params[name])
    .map(({ name, label }) => [label, shorten(pane.params[name])]);
}

const shorten = (text) => (text === undefined ? "default" : text.length > 14 ? `${text.slice(0, 13)}…` : text);
