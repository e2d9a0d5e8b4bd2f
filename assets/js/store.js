// The one place that holds the workspace while the page is open, and the passing state beside it.
import { openStorage } from "./storage.js";
import { freshWorkspace, revive } from "./workspace.js";

const SAVE_AFTER = 300; // milliseconds

/**
 * state: { boot, workspace, runs: {paneId: run}, errors: {paneId: error}, models: {endpointName: list}, keys:
 * {endpointName: true}, picker: paneIndex | null, drawer, notice }. `workspace` alone is stored.
 */
export const store = { state: null, listeners: new Set(), ready: null };

let storage = null;
let timer = null;

export const getState = () => store.state;

/** Change the passing state. */
export function patch(change) {
  store.state = { ...store.state, ...change };
  for (const listener of store.listeners) listener();
}

/** Change the workspace by a pure function, and store it soon. */
export function update(change) {
  const workspace = change(store.state.workspace);
  if (workspace === store.state.workspace) return;
  patch({ workspace });
  clearTimeout(timer);
  timer = setTimeout(save, SAVE_AFTER);
}

export function save() {
  clearTimeout(timer);
  const problem = storage?.save(store.state.workspace);
  if (problem && problem !== store.state.notice) patch({ notice: problem });
}

/** Load what was stored; called once, by the first region that mounts. */
export function start(boot) {
  store.ready ??= (async () => {
    storage = await openStorage();
    const { document, notice } = await storage.load();
    const workspace = revive(document) ?? freshWorkspace(boot);
    store.state = {
      boot,
      workspace,
      runs: {},
      errors: {},
      models: {},
      keys: {},
      picker: null,
      drawer: false,
      notice,
    };
    window.addEventListener("pagehide", () => {
      for (const listener of store.beforeLeaving ?? []) listener();
      save();
    });
  })();
  return store.ready;
}

store.beforeLeaving = [];
