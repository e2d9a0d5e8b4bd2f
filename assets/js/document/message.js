// One message as it stands on the wire, and pure changes of it.

export const ROLES = ["system", "developer", "user", "assistant", "tool"];

export const isPrompt = (role) => role === "system" || role === "developer";

let counter = 0;
export const newId = () =>
  `${Date.now().toString(36)}-${(counter++).toString(36)}-${Math.random().toString(36).slice(2, 8)}`;

export function textOf(message) {
  if (typeof message.content === "string") return message.content;
  return (message.content ?? []).filter((part) => part.type === "text").map((part) => part.text).join("");
}

export const imagesOf = (message) =>
  Array.isArray(message.content) ? message.content.filter((part) => part.type === "image_url") : [];

/** The message with another text; beside tool calls, no text is null, as APIs want it. */
export function withText(message, text) {
  const images = imagesOf(message);
  if (images.length) return { ...message, content: contentOf(text, images) };
  return { ...message, content: !text && message.tool_calls?.length ? null : text };
}

export const withImages = (message, images) => ({
  ...message,
  content: images.length ? contentOf(textOf(message), images) : textOf(message),
});

const contentOf = (text, images) => [...(text ? [{ type: "text", text }] : []), ...images];

/** The message under another role; a tool message answers a call, `call` where it names none yet. */
export function withRole(message, role, call = "call_1") {
  const { tool_call_id, ...rest } = message;
  const plain = { ...rest, role };
  return role === "tool" ? { ...plain, tool_call_id: tool_call_id ?? call } : plain;
}

/** The message with a field set, or without it where the value is empty. */
export function withField(message, field, value) {
  const { [field]: _, ...rest } = message;
  return value ? { ...rest, [field]: value } : rest;
}

// --- tool calls ------------------------------------------------------------------------------------

export const makeCall = () => ({
  id: `call_${newId().split("-").at(-1)}`,
  type: "function",
  function: { name: "", arguments: "{}" },
});

export function withCalls(message, calls) {
  const { tool_calls, ...rest } = message;
  if (!calls.length) return { ...rest, content: message.content ?? "" };
  return withText({ ...rest, tool_calls: calls }, textOf(message));
}

/** The calls that stand above row `index`: [{ id, name }], the nearest last. Of those with the same id only the nearest can be meant. */
export function callsAbove(rows, index) {
  const calls = rows.slice(0, index).flatMap((row) => (row.message.tool_calls ?? []).map((call) => ({ id: call.id, name: call.function.name })));
  const last = new Map(calls.map(({ id }, place) => [id, place]));
  return calls.filter(({ id }, place) => last.get(id) === place);
}

/** The id of the call that a tool message at place `index` most likely answers: the first without an answer. */
export function openCall(rows, index) {
  const answered = new Set(rows.slice(0, index).map((row) => row.message.tool_call_id));
  const calls = callsAbove(rows, index);
  return (calls.find((call) => !answered.has(call.id)) ?? calls.at(-1))?.id;
}
