// The one place that holds the workspace while the page is open, and the passing state beside it.
import { openStorage } from "./storage.js";
import { freshWorkspace, revive } from "./workspace.js";

const SAVE_AFTER = 300; // milliseconds
const UNDO_FOR = 20_000; // milliseconds

/**
 * state: { boot, workspace, runs: {paneId: run}, errors: {paneId: error}, models: {endpointName: list}, keys:
 * {endpointName: true}, picker: paneIndex | null, drawer, notice, undo: {text, back} | null }. `workspace` alone is stored.
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

let saved = null; // the workspace as last stored; one that nobody changed keeps its date

export function save() {
  clearTimeout(timer);
  if (store.state.workspace === saved) return;
  saved = store.state.workspace;
  const problem = storage?.save(saved);
  if (problem && problem !== store.state.notice) patch({ notice: problem });
}

/** Say what has been done, with a way back: `back(workspace)` gives the workspace in which it is undone. */
export function offerUndo(text, back) {
  const undo = { text, back: () => update(back) };
  patch({ undo });
  setTimeout(() => store.state.undo === undo && patch({ undo: null }), UNDO_FOR);
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
      undo: null,
    };
    window.addEventListener("pagehide", () => {
      for (const listener of store.beforeLeaving ?? []) listener();
      save();
    });
  })();
  return store.ready;
}

store.beforeLeaving = [];
