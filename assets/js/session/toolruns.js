// Rounds with tools: calls are answered by hand, by a saved mock or by an approved built-in, and the model goes on.
// `state.chains` is { paneId: { row, note } }: what the pane says of its latest round; `state.allowed` is { rowId: [names] }, the
// built-ins that the conversation which that row begins may use without asking.
import { answerCall, automatic, conversationOf, isReady, openCalls, resultsOf, runOnOf, withMock } from "../document/toolcalls.js";
import { changeRows, paneAt } from "../document/workspace.js";
import { runOf, startRun, whenEnded, whenStopped } from "./runs.js";
import { askBuiltin, LOST_SERVER } from "./server.js";
import { announce, getState, patch, update } from "./store.js";

const paneOf = (id) => getState().workspace.panes[paneAt(getState().workspace, id)];

const note = (pane, chain) => patch({ chains: { ...getState().chains, [pane]: chain } });

const saying = (pane, row, text) => {
  note(pane, { row, note: text });
  announce(text);
};

export const allowedIn = (rows, { allowed } = getState()) => allowed[conversationOf(rows)] ?? [];

export const isBuiltin = (name) => getState().boot.builtins.some((builtin) => builtin.name === name);

/** Put an answer to a call below the row, in this pane alone: each pane's model numbers its own calls. */
function put(pane, row, call, text) {
  update((now) => changeRows(now, paneAt(now, pane), (rows) => answerCall(rows, row, call, text)));
}

/** Answer a call by a text; `keep` makes that the mock of the tool. */
export function answer(pane, row, call, text, keep = false) {
  put(pane, row, call.id, text);
  if (keep) update((now) => withMock(now, call.function.name, text));
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

/** Whether the call was carried out: not if the user stopped the pane meanwhile, or took the row away. */
async function carryOut(pane, row, call) {
  const mine = { row, note: `${call.function.name} is at work…` };
  note(pane, mine);
  const result = await askBuiltin({ name: call.function.name, arguments: call.function.arguments }).catch(() => null);
  if (getState().chains[pane] !== mine) return false;
  note(pane, null);
  if (!result?.text) {
    saying(pane, row, LOST_SERVER.message);
    return false;
  }
  put(pane, row, call.id, result.text);
  return true;
}

/** After an answer came to a call by hand: the round is the first of a new chain. */
const goOn = (pane, row) => advance(pane, row, {});

/**
 * Answer what can be answered without the user, then run on where the pane does so. `steps` counts the runs that
 * this chain has started by itself; `line` and `by` are as the run had them.
 */
async function advance(pane, row, { steps = 0, line = null, by = null }) {
  const { on, limit } = runOnOf(getState().workspace, pane);
  const calls = openCalls(paneOf(pane)?.rows ?? [], row);
  if (on && steps >= limit) {
    if (calls.length) saying(pane, row, `Stopped: the limit of ${limit} ${limit === 1 ? "step" : "steps"} in a row is reached.`);
    return;
  }
  for (const call of calls) {
    const { workspace, boot } = getState();
    const rows = paneOf(pane)?.rows ?? [];
    const builtins = boot.builtins.map(({ name }) => name);
    const source = automatic(call, { mocks: workspace.mocks, builtins, allowed: allowedIn(rows), runOn: on });
    if (source && "mock" in source) put(pane, row, call.id, source.mock);
    else if (source && !(await carryOut(pane, row, call))) return;
  }
  if (on && paneOf(pane) && isReady(paneOf(pane).rows, row)) runOn(pane, row, { steps: steps + 1, line, by });
}

/** Run the model on from the results of a row. */
export function runOn(pane, row, { steps = 0, line = null, by = null } = {}) {
  const { workspace } = getState();
  const last = resultsOf(paneOf(pane).rows, row).at(-1);
  startRun(paneAt(workspace, pane), last.id, { line, by, steps });
  if (steps && runOf({ id: pane })) note(pane, { row, note: `Running on by itself: step ${steps} of ${runOnOf(workspace, pane).limit}.` });
}

whenEnded((run, status) => {
  if (getState().chains[run.pane]) note(run.pane, null);
  if (status !== "done" || getState().queues[run.pane]?.lines.length) return;
  advance(run.pane, run.row, { steps: run.steps, line: run.asks.line, by: run.asks.by });
});

whenStopped((pane) => note(pane, null));
