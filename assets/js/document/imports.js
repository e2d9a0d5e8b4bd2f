// What was found in a pasted text or a file becomes a pane, or an answer in one. `found` is one thing that the server
// read (ui/importing.py): { kind, title, endpoint: { name, base_url, key_name, headers } | null, model, messages, params,
// extra, stream, notes }.
import { closeAnswer, openAnswer } from "./answers.js";
import { makeRow } from "./conversation.js";
import { endpointFor } from "./endpoints.js";
import { isPrompt, textOf } from "./message.js";
import { keepAsText, namesIn } from "./variables.js";
import { addPane, changePane, variablesOf } from "./workspace.js";

const RESPONSE = "response";

/** The pane becomes what was found; where that says nothing (of a model, of messages), the pane stays as it is. */
export function importInto(workspace, boot, index, found) {
  const { name, endpoints } = endpointFor(workspace, boot, found);
  const settings = isRequest(found) ? { params: found.params, extra: found.extra, thoughts: found.messages.some(hasThoughts) } : {};
  const rows = found.messages.length ? { rows: rowsOf(found) } : {};
  const become = (pane) => ({ ...pane, endpoint: name ?? pane.endpoint, model: found.model ?? pane.model, ...settings, ...rows });
  const literal = literalIn(found, workspace, index);
  return {
    ...changePane(workspace, index, become),
    active: index,
    endpoints,
    stream: streams(found) ?? workspace.stream,
    variables: literal.length ? keepAsText(workspace.variables, literal, true) : workspace.variables,
  };
}

/** A new pane beside the active one becomes what was found. */
export function importBeside(workspace, boot, found) {
  const wider = addPane(workspace);
  return importInto(wider, boot, wider.active, found);
}

/** The answer of a response, at the end of a pane's conversation. */
export const addAnswer = (workspace, index, found) =>
  changePane(workspace, index, (pane) => ({ ...pane, rows: withAnswer(pane.rows, found) }));

export const isResponse = (found) => found.kind === RESPONSE;

/** Whether the found has settings of its own; a mere list of messages leaves the pane's. */
const isRequest = (found) =>
  !isResponse(found) && Boolean(found.model || found.endpoint || Object.keys(found.params).length || found.extra.trim());

/** Whether it asks for a stream. A whole request that does not say so asks for one answer; null for what is none. */
export const streams = (found) => found.stream ?? (!isResponse(found) && (found.model || found.endpoint) ? false : null);

/**
 * Messages of a request are the user's own, whatever their role: they are sent as they stand. Where nothing says to whom
 * (an example, a conversation that was exported), an answer at the end is one, which Run makes anew.
 */
function rowsOf(found) {
  if (isResponse(found)) return withAnswer([], found);
  const written = (messages) => messages.map((message) => ({ ...makeRow(message.role), message, ...keptEmpty(message) }));
  const last = found.messages.at(-1);
  const answered = !found.model && !found.endpoint && found.messages.length > 1 && isAnswer(last);
  return answered ? withAnswer(written(found.messages.slice(0, -1)), { messages: [last] }) : written(found.messages);
}

/** An empty system prompt is sent like any other: to many models it says something else than none. */
const keptEmpty = (message) => (isPrompt(message.role) && textOf(message) === "" ? { kept: true } : {});

const isAnswer = (message) => message.role === "assistant" && !message.tool_calls && !hasThoughts(message);

const hasThoughts = ({ reasoning_content, reasoning }) => Boolean(reasoning_content || reasoning);

/** A response is an answer that can be made again, its choices variants; its reasoning is shown, and not sent back. */
function withAnswer(rows, { model, messages }) {
  const answers = messages.map(({ reasoning_content, reasoning, ...message }) => ({
    message,
    reasoning: reasoning_content ?? reasoning ?? "",
  }));
  const { rows: opened, id } = openAnswer(rows, { into: null, after: null }, { model: model ?? undefined }, rows);
  const silent = (part) => ({ ...part, stats: null }); // no run of ours, so there are no figures
  return closeAnswer(opened, id, answers, "done", null).map((row) =>
    row.id === id ? { ...silent(row), ...(row.variants && { variants: row.variants.map(silent) }) } : row,
  );
}

/** The {{names}} that are text, as they were sent: those that no other pane, nor the draft, fills in. */
function literalIn(found, workspace, index) {
  const used = variablesOf({ ...workspace, panes: workspace.panes.toSpliced(index, 1) });
  return bracesIn(found).filter((name) => !used.includes(name));
}

/** The {{names}} in what was found. */
export const bracesIn = ({ messages }) => [
  ...new Set(
    messages.flatMap((message) =>
      [textOf(message), ...(message.tool_calls ?? []).map((call) => call.function?.arguments ?? "")].flatMap(namesIn),
    ),
  ),
];
