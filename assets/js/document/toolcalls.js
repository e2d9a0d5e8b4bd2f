// The rounds of a conversation with tools: which calls of an answer stand open, and the rows that answer them.
import { placeOf, replace } from "./answers.js";
import { insertAt, makeRow } from "./conversation.js";
import { withText } from "./message.js";

/** The tool rows right below an assistant row: what its calls got. */
export function resultsOf(rows, id) {
  const start = placeOf(rows, id) + 1;
  const end = rows.findIndex((row, index) => index >= start && row.message.role !== "tool");
  return rows.slice(start, end < 0 ? rows.length : end);
}

const callsOf = (rows, id) => rows[placeOf(rows, id)]?.message.tool_calls ?? [];

/** The calls of a row that no tool row below answers. */
export function openCalls(rows, id) {
  const answered = new Set(resultsOf(rows, id).map((row) => row.message.tool_call_id));
  return callsOf(rows, id).filter((call) => !answered.has(call.id));
}

/** Whether all calls of a row are answered, and nothing stands below the answers: the model can go on. */
export function isReady(rows, id) {
  const results = resultsOf(rows, id);
  const whole = placeOf(rows, id) + results.length === rows.length - 1;
  return results.length > 0 && whole && openCalls(rows, id).length === 0;
}

/**
 * The rows with an answer to a call of row `id`: in the tool row that it has, else in a new one below the others. The row
 * remembers the `mock` that it came from, by its name.
 */
export function answerCall(rows, id, call, text, mock = undefined) {
  const place = placeOf(rows, id);
  if (place < 0 || !callsOf(rows, id).some((other) => other.id === call)) return rows;
  const results = resultsOf(rows, id);
  const own = results.find((row) => row.message.tool_call_id === call);
  const marked = (row) => ({ ...row, mock: mock === undefined ? undefined : { name: mock, text } });
  if (own) return replace(rows, own.id, (row) => marked({ ...row, message: withText(row.message, text) }));
  return insertAt(rows, place + 1 + results.length, marked(makeRow("tool", text, call)));
}

/** What answers a call without the user: { mock }, { builtin } (its name), or null. A mock comes first. */
export function automatic(call, { mocks, builtins, allowed, runOn }) {
  const { name } = call.function;
  if (Object.hasOwn(mocks, name)) return runOn ? { mock: mocks[name] } : null;
  return builtins.includes(name) && allowed.includes(name) ? { builtin: name } : null;
}

/** The row that stands for the conversation of these rows: a permission holds as long as it is there. */
export const conversationOf = (rows) => rows.find((row) => row.message.role === "user")?.id ?? null;

export const STEPS = 5;

/** How a pane goes on by itself: { on, limit }. */
export const runOnOf = (workspace, pane) => ({ on: false, limit: STEPS, ...workspace.runOn?.[pane] });

export const withRunOn = (workspace, pane, change) => ({
  ...workspace,
  runOn: { ...workspace.runOn, [pane]: { ...runOnOf(workspace, pane), ...change } },
});

/** Whether messages stand below a row's calls and results: APIs want the results of all calls before the next one. */
export const isPassed = (rows, id) => placeOf(rows, id) + resultsOf(rows, id).length < rows.length - 1;
