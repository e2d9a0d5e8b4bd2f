// Running panes: what is sent, the live text on its way in, and its end in the conversation.
import {
  closeAnswer,
  closePrefill,
  dropAnswer,
  openAnswer,
  openPrefill,
  planContinue,
  planRun,
  showVariant,
} from "../document/answers.js";
import { withDraft } from "../document/conversation.js";
import { newId } from "../document/message.js";
import { labelsOf, whyNot } from "../document/readiness.js";
import { askedFormat } from "../document/responseformat.js";
import { whyNoThoughts } from "../document/thinking.js";
import { withTokens } from "../document/tokens.js";
import { figures } from "./runfigures.js";
import { takeLate } from "./latetokens.js";
import { LOST_SERVER, modelInfo, serverAnswers } from "./server.js";
import { announce, getState, patch, store, update } from "./store.js";
import { lineOf } from "../document/variables.js";
import { changeRows, endpointOf, paneAt, paneDocument, valuesOf } from "../document/workspace.js";

const channels = []; // the gr.HTML of each pane; a run keeps its channel even if its pane moves
const watchers = new Map(); // row id -> functions of (live)

/** Tie a pane's component to runs: its `live` prop carries the snapshots of the run it started. */
export function attach(index, env) {
  channels[index] = env;
  env.watch("live", () => receive(withTokens(env.props.live)));
}

/** Call `watcher(live)` at every snapshot of the run that writes into this row. */
export function watchRow(id, watcher) {
  watchers.set(id, [...(watchers.get(id) ?? []), watcher]);
  const live = Object.values(getState().runs).find((run) => run.row === id)?.live;
  if (live) watcher(live);
  return () => {
    const rest = watchers.get(id).filter((other) => other !== watcher);
    if (rest.length) watchers.set(id, rest);
    else watchers.delete(id);
  };
}

export const runOf = (pane) => getState().runs[pane.id] ?? null;

/** The panes that a run from the composer goes to. */
export const targets = ({ sync, panes, active }) => (sync.history ? panes.map((_, index) => index) : [active]);

/**
 * Run these panes, those that don't run yet; a draft in the composer becomes the next user message, of all panes where
 * messages are synced. `lines` are ids of rows of the variables' table, run in turn.
 */
export function runPanes(indices, lines = [null]) {
  const { panes, sync } = getState().workspace;
  const idle = indices.map((index) => panes[index]).filter((pane) => !runOf(pane));
  if (!idle.length) return;
  patch({ notice: null });
  sendDraft(sync.history ? panes.map((_, index) => index) : indices);
  for (const { id } of idle) runLines(id, lines);
}

/** Run a pane with these rows of the variables' table in turn. */
export function runLines(pane, [first, ...rest]) {
  const { workspace, boot, queues } = getState();
  const { rows, endpoint } = workspace.panes[paneAt(workspace, pane)];
  const last = rows.at(-1);
  const continues = planRun(rows, null, endpointOf(workspace, boot, endpoint)?.kind === "local").prefill;
  // Each row of the table goes on from the same beginning, not from the answer before.
  const from = rest.length && continues ? { row: last.id, at: last.at ?? 0 } : null;
  patch({ queues: { ...queues, [pane]: { lines: rest, from } } });
  startRun(paneAt(workspace, pane), null, { line: first });
}

function sendDraft(indices) {
  const link = newId();
  update((current) => {
    const { draft, draftImages } = current;
    if (!draft.trim() && !draftImages.length) return current;
    const cleared = { ...current, draft: "", draftImages: [] };
    return indices.reduce((next, index) => changeRows(next, index, (rows) => withDraft(rows, draft, draftImages, link)), cleared);
  });
}

/**
 * Run one pane from its last row, or from row `id`. `line` is the id of the row of the variables' table to fill in (the
 * chosen one if null), `by` another pane whose model answers, `more` that the assistant row `id` is continued, from
 * another beginning where there is a `branch`: { text, tokens }; `steps` how many runs in a row were started without the
 * user, this one included (toolruns.js).
 */
export function startRun(index, id = null, { line = null, by = null, more = false, branch = null, steps = 0 } = {}) {
  const { workspace, boot } = getState();
  const pane = workspace.panes[index];
  if (runOf(pane)) return;
  const model = by ?? pane;
  const { kind } = endpointOf(workspace, boot, model.endpoint) ?? {};
  const plan = more ? planContinue(pane.rows, id, branch) : planRun(pane.rows, id, kind === "local");
  const values = lineOf(workspace.variables, line);
  const info = modelInfo(model);
  const problem = whyNot(plan, pane, workspace.variables, values, info?.refuses ?? {}, labelsOf(boot), whyNoThoughts(info));
  const asks = { row: id, line, by, more, branch };
  if (problem) return refuse(pane, { ...problem, ...asks });
  const continues = plan.prefill && (more || kind === "local");
  const given = valuesOf(workspace, plan.sent, values);
  const asked = paneDocument(workspace, boot, index, plan.sent, given, model);
  const row = openRow(index, plan, continues, { model: model.model, endpoint: model.endpoint, values: given, format: askedFormat(pane) });
  const channel = freeChannel(index);
  const started = performance.now();
  const run = { id: secret(), pane: pane.id, row, asks, steps, channel, continues, model, kind, live: null, started, heard: started };
  patch({ runs: { ...getState().runs, [pane.id]: run }, errors: { ...getState().errors, [pane.id]: null } });
  say(run, "is running");
  channels[channel].trigger("run", { run: run.id, pane: asked });
}

function openRow(index, plan, continues, by) {
  let id = null;
  const open = (rows) => {
    if (continues) {
      id = plan.sent.at(-1).id;
      return openPrefill(rows, id, by, plan.sent.slice(0, -1), plan.sent.at(-1));
    }
    const opened = openAnswer(rows, plan, by, plan.sent);
    id = opened.id;
    return opened.rows;
  };
  update((current) => changeRows(current, index, open), { silent: true });
  return id;
}

function refuse(pane, problem) {
  fail(pane.id, { ...problem, left: emptyQueue(pane.id) });
  if (problem.empty) document.querySelector("#composer textarea")?.focus();
}

/** Forget what waits in a pane; gives the rows of the variables' table that are not run now. */
function emptyQueue(pane) {
  const { [pane]: queue, ...queues } = getState().queues;
  patch({ queues });
  return queue?.lines ?? [];
}

/** An id that nobody else can guess: whoever knows it can stop the run. */
const secret = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function freeChannel(index) {
  const busy = new Set(Object.values(getState().runs).map((run) => run.channel));
  return busy.has(index) ? channels.findIndex((_, place) => !busy.has(place)) : index;
}

const ends = new Set();
const stops = new Set();

/** Have `listener(run, status)` called when a run has ended and its answer stands in its row. */
export const whenEnded = (listener) => ends.add(listener);

/** Have `listener(paneId)` called when the user stops a pane, running or not, or takes its run away. */
export const whenStopped = (listener) => stops.add(listener);

/** Stop a pane's run, and those that wait behind it; what had streamed stays. */
export function stopRun(pane) {
  emptyQueue(pane.id);
  for (const listener of stops) listener(pane.id);
  const run = runOf(pane);
  if (!run) return;
  channels[run.channel].trigger("stop", { run: run.id });
  finish(run, "stopped");
}

/** Stop a pane's run and forget the latest one: its conversation is replaced. */
export function forgetRun(pane) {
  stopRun(pane);
  const { last, errors, raw } = getState();
  const others = ({ [pane.id]: _, ...rest }) => rest;
  patch({ last: others(last), errors: others(errors), raw: others(raw) });
}

export const stopAll = () => getState().workspace.panes.forEach(stopRun);

function receive(live) {
  const run = Object.values(getState().runs).find((candidate) => candidate.id === live?.run);
  if (!run) return takeLate(live);
  run.live = live;
  run.heard = performance.now();
  if (live.choices.length) run.first ??= run.heard;
  tell(run);
  if (live.phase === "done") finish(run, "done");
  else if (live.phase === "failed") {
    breakOff(run, { ...live.error, run: run.id });
  }
}

/** End a run that failed; the error says what it asked, so that it can be asked again. */
function breakOff(run, error) {
  const left = emptyQueue(run.pane);
  finish(run, "failed");
  fail(run.pane, { ...error, ...run.asks, left });
}

const news = new Set(); // runs of which something has come since the last frame

/** Tell those who watch, once a frame: what comes faster than the screen is drawn need not be drawn. */
function tell(run) {
  if (!news.size) requestAnimationFrame(tellAll);
  news.add(run);
}

function tellAll() {
  const runs = [...news];
  news.clear();
  for (const run of runs) for (const watcher of watchers.get(run.row) ?? []) watcher(run.live);
}

const SILENT = 10_000; // milliseconds; the server says something at least every three seconds
const LOST = 45_000;

/** A run of which nothing is heard has lost its server: end it here, so that the pane can be used again. */
setInterval(async () => {
  for (const run of Object.values(store.state?.runs ?? {})) {
    const silence = performance.now() - run.heard;
    if (silence < SILENT || (silence < LOST && (await serverAnswers()))) continue;
    if (getState().runs[run.pane] !== run || performance.now() - run.heard < SILENT) continue;
    breakOff(run, LOST_SERVER);
  }
}, 2500);

function fail(paneId, error) {
  patch({ errors: { ...getState().errors, [paneId]: error } });
}

/** Write what the run brought into its row, and forget the run; then the next one that waits. */
function finish(run, status) {
  const { runs, workspace } = getState();
  const { [run.pane]: _, ...rest } = runs;
  const stats = figures(run, workspace.panes[paneAt(workspace, run.pane)]?.rows.find(({ id }) => id === run.row));
  const last = { stats, status, model: run.model.model };
  patch({ runs: rest, raw: { ...getState().raw, [run.pane]: run.id }, last: { ...getState().last, [run.pane]: last } });
  const index = paneAt(workspace, run.pane);
  if (index >= 0) {
    const before = changeRows(workspace, index, (rows) => dropAnswer(rows, run.row));
    update((current) => changeRows(current, index, (rows) => close(rows, run, status, stats)), { from: before });
  }
  say(run, ENDS[status](run.live?.stats ?? {}));
  for (const listener of ends) listener(run, status);
  if (status === "done") runNext(run.pane);
  else emptyQueue(run.pane);
}

const ENDS = {
  done: ({ completion_tokens: count }) => `has finished${count ? `, ${count} tokens` : ""}`,
  stopped: () => "was stopped",
  failed: () => "has failed",
};

/** Tell screen readers what a pane does. */
function say(run, what) {
  const { panes } = getState().workspace;
  announce(`${panes.length > 1 ? `Pane ${panes.findIndex((pane) => pane.id === run.pane) + 1}` : "The model"} ${what}.`);
}

/** Run the next row of the variables' table that waits in a pane; one that was deleted meanwhile is passed over. */
function runNext(pane) {
  const { workspace, queues } = getState();
  const queue = queues[pane];
  const index = paneAt(workspace, pane);
  const [line, ...rest] = (queue?.lines ?? []).filter((id) => workspace.variables.rows.some((row) => row.id === id));
  if (!line || index < 0) return emptyQueue(pane);
  const { from } = queue;
  patch({ queues: { ...queues, [pane]: { lines: rest, from } } });
  if (from) update((current) => changeRows(current, index, (rows) => showVariant(rows, from.row, from.at)), { silent: true });
  return startRun(index, null, { line });
}

function close(rows, run, status, stats) {
  const choices = run.live?.choices ?? [];
  const said = choices.filter((choice) => choice.text || choice.reasoning || choice.calls.length);
  if (!said.length && (status !== "done" || run.continues)) return dropAnswer(rows, run.row);
  const end = run.continues ? closePrefill : closeAnswer;
  return end(rows, run.row, (said.length ? said : [EMPTY]).map(answerOf), status, stats);
}

const EMPTY = { text: "", reasoning: "", calls: [] };

function answerOf({ text, reasoning, calls, tokens, thought = null, finish_reason }) {
  const message = { role: "assistant", content: text || !calls.length ? text : null };
  if (calls.length) message.tool_calls = calls;
  return { message, reasoning, tokens: tokens ?? undefined, stats: { thought, ...(finish_reason ? { finish_reason } : {}) } };
}

store.beforeLeaving.push(() => getState().workspace.panes.forEach((pane) => runOf(pane) && finish(runOf(pane), "stopped")));

/** Undo and other edits may take away what a run writes into: then it is stopped. */
store.listeners.add(() => {
  const { runs, workspace } = store.state;
  for (const run of Object.values(runs)) {
    const pane = workspace.panes.find((other) => other.id === run.pane);
    if (pane?.rows.some((row) => row.id === run.row)) continue;
    const { [run.pane]: _, ...rest } = store.state.runs;
    const { [run.pane]: __, ...queues } = store.state.queues;
    patch({ runs: rest, queues });
    for (const listener of stops) listener(run.pane);
    channels[run.channel].trigger("stop", { run: run.id });
  }
});
