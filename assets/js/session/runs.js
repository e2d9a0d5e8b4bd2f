// Running panes: what is sent, the live text on its way in, and its end in the conversation.
import {
  closeAnswer,
  closePrefill,
  dropAnswer,
  isUnsent,
  openAnswer,
  openPrefill,
  planContinue,
  planRun,
} from "../document/answers.js";
import { withDraft } from "../document/conversation.js";
import { costOf } from "../document/figures.js";
import { newId } from "../document/message.js";
import { LOST_SERVER, modelInfo, serverAnswers } from "./server.js";
import { getState, patch, store, update } from "./store.js";
import { chosenRow, missingIn, namesOf } from "../document/variables.js";
import { changeRows, endpointOf, paneAt, paneDocument, valuesOf } from "../document/workspace.js";

const channels = []; // the gr.HTML of each pane; a run keeps its channel even if its pane moves
const watchers = new Map(); // row id -> functions of (live)

/** Tie a pane's component to runs: its `live` prop carries the snapshots of the run it started. */
export function attach(index, env) {
  channels[index] = env;
  env.watch("live", () => receive(env.props.live));
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

/** Run these panes, those that don't run yet; a draft in the composer becomes the next user message of all of them. `lines` are rows of the variables' table. */
export function runPanes(indices, lines = null) {
  const idle = indices.filter((index) => !runOf(getState().workspace.panes[index]));
  if (!idle.length) return;
  const panes = idle.map((index) => getState().workspace.panes[index].id);
  sendDraft(indices);
  for (const pane of panes) {
    const [first, ...rest] = lines ?? [null];
    patch({ queues: { ...getState().queues, [pane]: rest } });
    startRun(paneAt(getState().workspace, pane), null, { line: first });
  }
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
 * Run one pane from its last row, or from row `id`. `line` is the row of the variables' table to fill in (the chosen
 * one if null), `by` another pane whose model answers, `more` that the assistant row `id` is continued.
 */
export function startRun(index, id = null, { line = null, by = null, more = false } = {}) {
  const { workspace, boot } = getState();
  const pane = workspace.panes[index];
  if (runOf(pane)) return;
  const plan = more ? planContinue(pane.rows, id) : planRun(pane.rows, id);
  const values = line ?? chosenRow(workspace.variables);
  const problem = nothingToSend(plan) ?? missing(plan, workspace.variables, values);
  if (problem) return refuse(pane, { ...problem, row: id, line, by, more });
  const model = by ?? pane;
  const continues = plan.prefill && (more || endpointOf(workspace, boot, model.endpoint)?.kind === "local");
  const given = valuesOf(workspace, plan.sent, values);
  const asked = paneDocument(workspace, boot, index, plan.sent, given, model);
  const row = openRow(index, plan, continues, { model: model.model, endpoint: model.endpoint, values: given });
  const channel = freeChannel(index);
  const started = performance.now();
  const run = { id: secret(), pane: pane.id, row, again: id, line, by, more, channel, continues, model, live: null, started, heard: started };
  patch({ runs: { ...getState().runs, [pane.id]: run }, errors: { ...getState().errors, [pane.id]: null } });
  say(run, "is running");
  channels[channel].trigger("run", { run: run.id, pane: asked });
}

function openRow(index, plan, continues, by) {
  let id = null;
  const open = (rows) => {
    if (continues) {
      id = plan.sent.at(-1).id;
      return openPrefill(rows, id, by, plan.sent.slice(0, -1));
    }
    const opened = openAnswer(rows, plan, by, plan.sent);
    id = opened.id;
    return opened.rows;
  };
  update((current) => changeRows(current, index, open), { silent: true });
  return id;
}

function nothingToSend({ sent }) {
  if (sent.some((row) => !isUnsent(row) && row.message.role !== "system")) return null;
  return { message: "There is nothing to send yet.", advice: "Write a message first." };
}

function missing({ sent }, { literal }, line) {
  const names = missingIn(line, namesOf(sent, literal));
  if (!names.length) return null;
  const listed = names.map((name) => `{{${name}}}`).join(", ");
  return { message: `No value for ${listed}.`, advice: "Give it one under Variables, or send it as it is written.", missing: names };
}

function refuse(pane, problem) {
  patch({ queues: { ...getState().queues, [pane.id]: [] } });
  fail(pane.id, problem);
  if (!problem.missing) document.querySelector("#composer textarea")?.focus();
}

/** An id that nobody else can guess: whoever knows it can stop the run. */
const secret = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function freeChannel(index) {
  const busy = new Set(Object.values(getState().runs).map((run) => run.channel));
  return busy.has(index) ? channels.findIndex((_, place) => !busy.has(place)) : index;
}

/** Stop a pane's run, and those that wait behind it; what had streamed stays. */
export function stopRun(pane) {
  patch({ queues: { ...getState().queues, [pane.id]: [] } });
  const run = runOf(pane);
  if (!run) return;
  channels[run.channel].trigger("stop", { run: run.id });
  finish(run, "stopped");
}

export const stopAll = () => getState().workspace.panes.forEach(stopRun);

function receive(live) {
  const run = Object.values(getState().runs).find((candidate) => candidate.id === live?.run);
  if (!run) return;
  run.live = live;
  run.heard = performance.now();
  tell(run);
  if (live.phase === "done") finish(run, "done");
  else if (live.phase === "failed") {
    finish(run, "failed");
    fail(run.pane, { ...live.error, row: run.again, line: run.line, by: run.by, more: run.more, run: run.id });
  }
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
    finish(run, "failed");
    fail(run.pane, LOST_SERVER);
  }
}, 2500);

function fail(paneId, error) {
  patch({ errors: { ...getState().errors, [paneId]: error } });
}

/** Write what the run brought into its row, and forget the run; then the next one that waits. */
function finish(run, status) {
  const { runs, workspace } = getState();
  const { [run.pane]: _, ...rest } = runs;
  const queues = status === "failed" ? { ...getState().queues, [run.pane]: [] } : getState().queues;
  patch({ runs: rest, queues, raw: { ...getState().raw, [run.pane]: run.id } });
  const index = paneAt(workspace, run.pane);
  if (index >= 0) {
    const before = changeRows(workspace, index, (rows) => dropAnswer(rows, run.row));
    update((current) => changeRows(current, index, (rows) => close(rows, run, status)), { from: before });
  }
  say(run, ENDS[status](run.live?.stats ?? {}));
  runNext(run.pane);
}

const ENDS = {
  done: ({ completion_tokens: count }) => `has finished${count ? `, ${count} tokens` : ""}`,
  stopped: () => "was stopped",
  failed: () => "has failed",
};

/** Tell screen readers what a pane does. */
const say = (run, what) => {
  const { panes } = getState().workspace;
  patch({ said: `${panes.length > 1 ? `Pane ${panes.findIndex((pane) => pane.id === run.pane) + 1}` : "The model"} ${what}.` });
};

function runNext(pane) {
  const [line, ...rest] = getState().queues[pane] ?? [];
  const index = paneAt(getState().workspace, pane);
  if (!line || index < 0) return;
  patch({ queues: { ...getState().queues, [pane]: rest } });
  startRun(index, null, { line });
}

function close(rows, run, status) {
  const choices = run.live?.choices ?? [];
  const stats = figures(run);
  const said = choices.filter((choice) => choice.text || choice.reasoning || choice.calls.length);
  if (!said.length && (status !== "done" || run.continues)) return dropAnswer(rows, run.row);
  const end = run.continues ? closePrefill : closeAnswer;
  return end(rows, run.row, (said.length ? said : [EMPTY]).map(answerOf), status, stats);
}

function figures(run) {
  const known = run.live?.stats ?? {};
  const { workspace, boot } = getState();
  const local = endpointOf(workspace, boot, run.model.endpoint)?.kind !== "remote";
  const cost = costOf(known, local ? null : modelInfo(run.model)?.price, local);
  return { ...known, elapsed: (performance.now() - run.started) / 1000, cost, run: run.id };
}

const EMPTY = { text: "", reasoning: "", calls: [] };

function answerOf({ text, reasoning, calls, thought = null, finish_reason }) {
  const message = { role: "assistant", content: text || !calls.length ? text : null };
  if (calls.length) message.tool_calls = calls;
  return { message, reasoning, stats: { thought, ...(finish_reason ? { finish_reason } : {}) } };
}

store.beforeLeaving.push(() => getState().workspace.panes.forEach((pane) => runOf(pane) && finish(runOf(pane), "stopped")));

/** Undo and other edits may take away what a run writes into: then it is stopped. */
store.listeners.add(() => {
  const { runs, workspace } = store.state;
  for (const run of Object.values(runs)) {
    const pane = workspace.panes.find((other) => other.id === run.pane);
    if (pane?.rows.some((row) => row.id === run.row)) continue;
    const { [run.pane]: _, ...rest } = store.state.runs;
    patch({ runs: rest });
    channels[run.channel].trigger("stop", { run: run.id });
  }
});
