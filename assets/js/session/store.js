// The one place that holds the workspace while the page is open, the steps that led there, and the passing state.
import { settled } from "../document/answers.js";
import { applied, difference, subjectOf } from "../document/history.js";
import { settledTools } from "../document/mocks.js";
import { withinLimit } from "../document/tokens.js";
import { openStorage } from "./storage.js";
import { freshWorkspace, revive } from "../document/workspace.js";

const SAVE_AFTER = 300; // milliseconds
const UNDO_FOR = 20_000; // milliseconds

/**
 * state: { boot, workspace, runs: {paneId: run}, errors: {paneId: error}, models: {endpointName: list}, keys:
 * {endpointName: true}, queues: {paneId: {lines: [ids of rows of the variables' table still to run], from}}, picker: paneIndex | null,
 * dialog: {kind, ...} | null, raw: {paneId: run id}, codes: see session/codes.js, importing: see session/importing.js,
 * chains, allowed: see session/toolruns.js,
 * last: {paneId: {stats, status, model}} of the latest run, flash: text | null, drawer, notice, undo: {text, back} | null, said }. `workspace` alone is stored.
 */
export const store = {
  state: null,
  steps: { done: [], undone: [], open: null },
  listeners: new Set(),
  beforeLeaving: [],
  ready: null,
};

let storage = null;
let timer = null;

export const getState = () => store.state;

/** Change the passing state. */
export function patch(change) {
  store.state = { ...store.state, ...change };
  for (const listener of store.listeners) listener();
}

let heard = [];

/** Have screen readers say this; what is said within one frame is said together. */
export function announce(text) {
  if (!heard.length) requestAnimationFrame(sayAll);
  heard.push(text);
}

function sayAll() {
  const said = heard.join(" ");
  heard = [];
  patch({ said: said === store.state.said ? `${said}\u00a0` : said }); // the same words are news only if they differ
}

// --- the workspace and its steps -----------------------------------------------------------------

const RECORDED = ["panes", "draft", "draftImages", "variables", "sync", "presets", "endpoints", "stream", "mocks", "mockTies"];
const STEPS = 300;
const TOGETHER = 1000; // milliseconds within which edits of the same kind are one step
const LONGEST = 3000; // milliseconds that such a step lasts at most

const recorded = (workspace) => Object.fromEntries(RECORDED.map((field) => [field, workspace[field]]));
const isRunning = (thing) => thing?.status === "running";

/**
 * Change the workspace by a pure function, and store it soon. The change becomes a step that can be undone, but for
 * what a user did not do: `silent`. Steps with the same `as` in quick succession are one. `from` is what Undo
 * leads back to, where that is not the workspace as it was.
 */
export function update(change, { silent = false, as = null, from = null } = {}) {
  const before = store.state.workspace;
  const workspace = settledTools(before, change(before));
  if (workspace === before) return null;
  const step = silent ? null : record(from ?? before, workspace, as);
  if (silent && difference(recorded(before), recorded(workspace))) store.steps.open = null;
  put(workspace);
  return step;
}

function put(workspace) {
  patch({ workspace });
  clearTimeout(timer);
  timer = setTimeout(save, SAVE_AFTER);
}

function record(before, after, as) {
  const { steps } = store;
  const now = performance.now();
  const { open } = steps;
  const going = as !== null && open?.as === as && now - open.at < TOGETHER && now - open.since < LONGEST;
  const base = going ? open.base : before;
  const change = difference(recorded(base), recorded(after));
  if (going && open.step) steps.done.pop();
  const step = change && { change };
  if (step) {
    steps.done = [...steps.done, step].slice(-STEPS);
    steps.undone = [];
  }
  steps.open = as === null ? null : { as, base, step, at: now, since: going ? open.since : now };
  return step;
}

/** Undo the latest step, or redo the one undone last. Returns whether there was one. */
export function stepBack(back = true) {
  const { steps } = store;
  const step = (back ? steps.done : steps.undone).pop();
  steps.open = null;
  if (!step) return false;
  (back ? steps.undone : steps.done).push(step);
  put(taken(step, back));
  flash(`${back ? "Undone" : "Redone"}: ${subjectOf(step.change)}.`);
  return true;
}

const FLASH = 2500; // milliseconds

/** Show for a moment what has been done, and have it said. */
function flash(text) {
  patch({ flash: text, undo: null });
  announce(text);
  setTimeout(() => store.state.flash === text && patch({ flash: null }), FLASH);
}

/** Take one step back, whatever has been done since. */
function revert(step) {
  if (store.steps.done.at(-1) === step) return stepBack();
  return update(() => taken(step, true));
}

/** The workspace with a step taken back or made again. No answer comes back as running that nobody writes any more. */
function taken(step, back) {
  const { workspace, runs } = store.state;
  const written = new Set(Object.values(runs).map((run) => run.row));
  const next = { ...workspace, ...applied(step.change, recorded(workspace), back, isRunning) };
  const panes = next.panes.map((pane) => ({ ...pane, rows: settled(pane.rows, (row) => written.has(row.id)) }));
  return { ...next, panes, active: Math.min(next.active, panes.length - 1) };
}

export const canStep = () => ({ back: store.steps.done.length > 0, forth: store.steps.undone.length > 0 });

let saved = null; // the workspace as last stored; one that nobody changed keeps its date

export function save() {
  clearTimeout(timer);
  if (store.state.workspace === saved) return;
  saved = store.state.workspace;
  const problem = storage?.save(withinLimit(saved));
  if (problem && problem !== store.state.notice) patch({ notice: problem });
}

/** Say what a step has done, with a way back. */
export function offerUndo(text, step) {
  if (!step) return;
  const undo = { text, back: () => revert(step) };
  patch({ undo });
  setTimeout(() => store.state.undo === undo && patch({ undo: null }), UNDO_FOR);
}

/** Load what was stored; called once, by the first region that mounts. */
export function start(boot) {
  store.ready ??= (async () => {
    storage = await openStorage();
    const { document, notice } = await storage.load();
    const workspace = revive(document, boot) ?? freshWorkspace(boot);
    store.state = {
      boot,
      workspace,
      runs: {},
      errors: {},
      models: {},
      keys: {},
      queues: {},
      last: {},
      chains: {},
      allowed: {},
      dialog: null,
      raw: {},
      codes: { asked: null, of: {} },
      importing: null,
      said: "",
      flash: null,
      picker: null,
      drawer: false,
      notice,
      undo: null,
    };
    window.addEventListener("pagehide", () => {
      for (const listener of store.beforeLeaving) listener();
      save();
    });
  })();
  return store.ready;
}
