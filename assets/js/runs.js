// Running panes: what is sent, the live text on its way in, and its end in the conversation.
import {
  closeAnswer,
  closePrefill,
  dropAnswer,
  isUnsent,
  messagesOf,
  openAnswer,
  openPrefill,
  planRun,
  withDraft,
} from "./conversation.js";
import { LOST_SERVER, serverAnswers } from "./server.js";
import { getState, patch, store, update } from "./store.js";
import { changeRows, endpointOf, paneDocument } from "./workspace.js";

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
  return () => watchers.set(id, watchers.get(id).filter((other) => other !== watcher));
}

export const runOf = (pane) => getState().runs[pane.id] ?? null;

/** Run these panes; a draft in the composer becomes their next user message. */
export function runPanes(indices) {
  const { workspace } = getState();
  const { draft, draftImages } = workspace;
  const idle = indices.filter((index) => !runOf(workspace.panes[index]));
  if (!idle.length) return;
  update((current) => {
    const cleared = { ...current, draft: "", draftImages: [] };
    return idle.reduce((next, index) => changeRows(next, index, (rows) => withDraft(rows, draft, draftImages)), cleared);
  });
  idle.forEach((index) => startRun(index));
}

/** Run one pane from its last row, or answer row `id` again. */
export function startRun(index, id = null) {
  const { workspace, boot } = getState();
  const pane = workspace.panes[index];
  if (runOf(pane)) return;
  const plan = planRun(pane.rows, id);
  if (!plan.sent.some((row) => !isUnsent(row) && row.message.role !== "system")) {
    fail(pane.id, { message: "There is nothing to send yet.", advice: "Write a message first." });
    document.querySelector("#composer textarea")?.focus();
    return;
  }
  const continues = plan.prefill && endpointOf(workspace, boot, pane.endpoint)?.kind === "local";
  const asked = paneDocument(workspace, boot, index, plan.sent);
  let row = null;
  update((current) =>
    changeRows(current, index, (rows) => {
      if (continues) {
        row = plan.sent.at(-1).id;
        return openPrefill(rows, row, pane.model, messagesOf(plan.sent.slice(0, -1)));
      }
      const opened = openAnswer(rows, plan.into, pane.model, asked.messages);
      row = opened.id;
      return opened.rows;
    }),
  );
  const channel = freeChannel(index);
  const started = performance.now();
  const run = { id: secret(), pane: pane.id, row, again: id, channel, continues, live: null, started, heard: started };
  patch({ runs: { ...getState().runs, [pane.id]: run }, errors: { ...getState().errors, [pane.id]: null } });
  channels[channel].trigger("run", { run: run.id, pane: asked });
}

/** An id that nobody else can guess: whoever knows it can stop the run. */
const secret = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function freeChannel(index) {
  const busy = new Set(Object.values(getState().runs).map((run) => run.channel));
  return busy.has(index) ? channels.findIndex((_, place) => !busy.has(place)) : index;
}

/** Stop a pane's run; what had streamed stays. */
export function stopRun(pane) {
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
  for (const watcher of watchers.get(run.row) ?? []) watcher(live);
  if (live.phase === "done") finish(run, "done");
  else if (live.phase === "failed") {
    finish(run, "failed");
    fail(run.pane, { ...live.error, row: run.again });
  }
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

/** Write what the run brought into its row, and forget the run. */
function finish(run, status) {
  const { runs, workspace } = getState();
  const index = workspace.panes.findIndex((pane) => pane.id === run.pane);
  const { [run.pane]: _, ...rest } = runs;
  if (index >= 0) update((current) => changeRows(current, index, (rows) => close(rows, run, status)));
  patch({ runs: rest });
}

function close(rows, run, status) {
  const choices = run.live?.choices ?? [];
  const stats = { ...run.live?.stats, elapsed: (performance.now() - run.started) / 1000 };
  const said = choices.filter((choice) => choice.text || choice.reasoning || choice.calls.length);
  if (!said.length && (status !== "done" || run.continues)) return dropAnswer(rows, run.row);
  const end = run.continues ? closePrefill : closeAnswer;
  return end(rows, run.row, (said.length ? said : [EMPTY]).map(answerOf), status, stats);
}

const EMPTY = { text: "", reasoning: "", calls: [] };

function answerOf({ text, reasoning, calls }) {
  const message = { role: "assistant", content: text || !calls.length ? text : null };
  if (calls.length) message.tool_calls = calls;
  return { message, reasoning };
}

store.beforeLeaving.push(() => getState().workspace.panes.forEach((pane) => runOf(pane) && finish(runOf(pane), "stopped")));
