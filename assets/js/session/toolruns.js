// Rounds with tools: calls are answered by hand, by a saved mock or by an approved built-in, and the model goes on.
// `state.chains` is { paneId: { row, note, working, limited, after } }: what the pane says of its latest round, whether a
// built-in is at work in it, whether it ended at the limit, the result that a run goes on from; `state.allowed` is
// { rowId: [names] }, the built-ins that the conversation which that row begins may use without asking.
import { dropAnswer } from "../document/answers.js";
import { answerCall, automatic, conversationOf, isReady, openCalls, resultsOf, runOnOf } from "../document/toolcalls.js";
import { mocksOf, withMock } from "../document/mocks.js";
import { changeRows, paneAt } from "../document/workspace.js";
import { runOf, startRun, whenEnded, whenStopped } from "./runs.js";
import { askBuiltin, LOST_SERVER } from "./server.js";
import { announce, getState, patch, store, update } from "./store.js";

const paneOf = (id) => getState().workspace.panes[paneAt(getState().workspace, id)];

const note = (pane, chain) => patch({ chains: { ...getState().chains, [pane]: chain } });

const saying = (pane, row, text, more = {}) => {
  note(pane, { row, note: text, ...more });
  announce(text);
};

export const allowedIn = (rows, { allowed } = getState()) => allowed[conversationOf(rows)] ?? [];

export const isBuiltin = (name) => getState().boot.builtins.some((builtin) => builtin.name === name);

/** Put an answer to a call below the row, in this pane alone: each pane's model numbers its own calls. */
function put(pane, row, call, text, mock = undefined) {
  update((now) => changeRows(now, paneAt(now, pane), (rows) => answerCall(rows, row, call, text, mock)));
}

/** Answer a call by a text; `keep` makes that the mock of the tool. */
export function answer(pane, row, call, text, keep = false) {
  put(pane, row, call.id, text);
  if (keep) update((now) => withMock(now, call.function.name, text, now.panes[paneAt(now, pane)]));
  return goOn(pane, row);
}

export function answerByMock(pane, row, call, text) {
  put(pane, row, call.id, text, call.function.name);
  return goOn(pane, row);
}

export const setMock = (name, text) => update((now) => withMock(now, name, text), { as: `mock ${name}` });

/** Have a built-in carry out a call; with `always` the same one needs no asking any more in this conversation. */
export async function useBuiltin(pane, row, call, always = false) {
  const rows = paneOf(pane)?.rows ?? [];
  if (always) {
    const { allowed } = getState();
    patch({ allowed: { ...allowed, [conversationOf(rows)]: [...new Set([...allowedIn(rows), call.function.name])] } });
  }
  if (await carryOut(pane, row, call)) await goOn(pane, row);
}

/** Whether the call was carried out: not if the user stopped the pane meanwhile, or took rows away (undo). */
async function carryOut(pane, row, call) {
  const mine = { row, note: `${call.function.name} is at work…`, working: true };
  const answered = () => resultsOf(paneOf(pane)?.rows ?? [], row).map(({ id }) => id).join();
  const before = answered();
  note(pane, mine);
  const result = await askBuiltin({ name: call.function.name, arguments: call.function.arguments }).catch(() => null);
  if (getState().chains[pane] !== mine) return false;
  note(pane, null);
  if (answered() !== before) return false;
  if (!result?.text) {
    saying(pane, row, LOST_SERVER.message);
    return false;
  }
  put(pane, row, call.id, result.text);
  return true;
}

/** Go on from a round where the user said so, by an answer or after the limit: it is the first of a new chain. */
export function goOn(pane, row) {
  note(pane, null);
  return advance(pane, row, {});
}

/** Whether a built-in is at work in a pane, so that there is something to stop. */
export const isWorking = (pane) => Boolean(getState().chains[pane.id]?.working);

/**
 * Answer what can be answered without the user, then run on where the pane does so. `steps` counts the runs that
 * this chain has started by itself; `line` and `by` are as the run had them.
 */
async function advance(pane, row, { steps = 0, line = null, by = null }) {
  const { on, limit } = runOnOf(getState().workspace, pane);
  const calls = openCalls(paneOf(pane)?.rows ?? [], row);
  if (on && steps >= limit) {
    if (calls.length) saying(pane, row, `Stopped: the limit of ${limit} ${limit === 1 ? "step" : "steps"} in a row is reached.`, {
      limited: calls.some((call) => sourceOf(pane, call, on)),
    });
    return;
  }
  for (const call of calls) {
    const source = sourceOf(pane, call, on);
    if (source && "mock" in source) put(pane, row, call.id, source.mock, call.function.name);
    else if (source && !(await carryOut(pane, row, call))) return;
  }
  if (on && paneOf(pane) && isReady(paneOf(pane).rows, row)) runOn(pane, row, { steps: steps + 1, line, by });
}

/** What answers a call of a pane without the user (document/toolcalls.js). */
function sourceOf(pane, call, runOn) {
  const { workspace, boot } = getState();
  if (!paneOf(pane)) return null;
  const builtins = boot.builtins.map(({ name }) => name);
  return automatic(call, { mocks: mocksOf(workspace, paneOf(pane)), builtins, allowed: allowedIn(paneOf(pane).rows), runOn });
}

/** Run the model on from the results of a row. */
export function runOn(pane, row, { steps = 0, line = null, by = null } = {}) {
  const { workspace } = getState();
  const last = resultsOf(paneOf(pane).rows, row).at(-1);
  startRun(paneAt(workspace, pane), last.id, { line, by, steps });
  if (!runOf({ id: pane })) return;
  note(pane, { row, after: last.id, note: steps ? `Running on by itself: step ${steps} of ${runOnOf(workspace, pane).limit}.` : null });
}

/** An answer to a result that is taken back (undo, or a row that is deleted) goes with it. */
store.listeners.add(() => {
  const { chains, runs } = getState();
  for (const [pane, chain] of Object.entries(chains)) {
    const run = runs[pane];
    if (!run || !chain?.after || paneOf(pane)?.rows.some((row) => row.id === chain.after)) continue;
    update((now) => changeRows(now, paneAt(now, pane), (rows) => dropAnswer(rows, run.row)), { silent: true });
  }
});

whenEnded((run, status) => {
  if (getState().chains[run.pane]) note(run.pane, null);
  if (status !== "done" || getState().queues[run.pane]?.lines.length) return;
  advance(run.pane, run.row, { steps: run.steps, line: run.asks.line, by: run.asks.by });
});

whenStopped((pane) => note(pane, null));
