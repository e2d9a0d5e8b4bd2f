// Rows and pure edits of them. A row is one message of the conversation as it stands on the wire, with what
// the page knows about it: { id, message, generated?, edited?, asked?, status?, stats?, model?, variants?, at? }.
// Every edit returns new rows and leaves the untouched ones as they are (the same objects).

import { hashOf } from "./hash.js";

export const ROLES = ["system", "developer", "user", "assistant", "tool"];

let counter = 0;
export const newId = () =>
  `${Date.now().toString(36)}-${(counter++).toString(36)}-${Math.random().toString(36).slice(2, 8)}`;

export const makeRow = (role, text = "") => ({ id: newId(), message: withRole({ role, content: text }, role) });

// --- one message ---------------------------------------------------------------------------------

export function textOf(message) {
  if (typeof message.content === "string") return message.content;
  return (message.content ?? []).filter((part) => part.type === "text").map((part) => part.text).join("");
}

export const imagesOf = (message) =>
  Array.isArray(message.content) ? message.content.filter((part) => part.type === "image_url") : [];

export function withText(message, text) {
  const images = imagesOf(message);
  return { ...message, content: images.length ? contentOf(text, images) : text };
}

export const withImages = (message, images) => ({
  ...message,
  content: images.length ? contentOf(textOf(message), images) : textOf(message),
});

const contentOf = (text, images) => [...(text ? [{ type: "text", text }] : []), ...images];

/** The message under another role. What the new role cannot carry is put on the row's shelf by `setRole`. */
function withRole(message, role) {
  const { tool_call_id, ...rest } = message;
  const plain = { ...rest, role };
  return role === "tool" ? { ...plain, tool_call_id: tool_call_id ?? "call_1" } : plain;
}

// --- rows ----------------------------------------------------------------------------------------

const at = (rows, id) => rows.findIndex((row) => row.id === id);

const replace = (rows, id, change) => rows.map((row) => (row.id === id ? change(row) : row));

/** Change a row's text. The first change of a generated answer is made on a copy: the answer stays as a variant. */
export const setText = (rows, id, text) =>
  replace(rows, id, (row) => {
    const message = withText(row.message, text);
    if (!row.generated || row.edited) return { ...row, message };
    const variants = [...variantsOf(row), {}];
    return { ...row, message, edited: true, stats: null, status: undefined, variants, at: variants.length - 1 };
  });

export const setImages = (rows, id, images) =>
  replace(rows, id, (row) => ({ ...row, message: withImages(row.message, images) }));

export const setField = (rows, id, field, value) =>
  replace(rows, id, (row) => ({ ...row, message: { ...row.message, [field]: value } }));

const KEPT_BY = { tool_calls: "assistant", reasoning_content: "assistant", reasoning: "assistant", images: "user" };

/** Switch the role. Tool calls, reasoning and images that the new role cannot carry wait on the row's shelf. */
export const setRole = (rows, id, role) =>
  replace(rows, id, (row) => {
    const shelf = { ...row.shelf };
    let message = { ...row.message };
    if (imagesOf(message).length) shelf.images = imagesOf(message);
    for (const field of ["tool_calls", "reasoning_content", "reasoning"]) {
      if (field in message) shelf[field] = message[field];
      delete message[field];
    }
    message = withRole(withImages(message, []), role);
    for (const [field, owner] of Object.entries(KEPT_BY)) {
      if (owner !== role || !(field in shelf)) continue;
      message = field === "images" ? withImages(message, shelf.images) : { ...message, [field]: shelf[field] };
      delete shelf[field];
    }
    return { ...row, message, shelf, generated: false };
  });

export const insertAt = (rows, index, row) => [...rows.slice(0, index), row, ...rows.slice(index)];

export const insertAfter = (rows, id, row) => insertAt(rows, at(rows, id) + 1, row);

export const remove = (rows, id) => rows.filter((row) => row.id !== id);

export function move(rows, id, step) {
  const from = at(rows, id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= rows.length) return rows;
  const next = [...rows];
  [next[from], next[to]] = [next[to], next[from]];
  return next;
}

/** A copy with ids of its own. */
export const copyRows = (rows) => rows.map((row) => ({ ...row, id: newId() }));

/** The role that a new row after `index` most likely wants. */
export function nextRole(rows, index) {
  const role = rows[index]?.message.role;
  return role === "user" || role === "tool" ? "assistant" : "user";
}

// --- answers and their variants ------------------------------------------------------------------

const FACE = ["message", "reasoning", "stats", "status", "model", "asked", "edited"];
const face = (row) => Object.fromEntries(FACE.map((field) => [field, row[field]]));

/** All variants of an answer as they stand, the shown one included. */
const variantsOf = (row) => (row.variants ?? [{}]).map((kept, place) => (place === (row.at ?? 0) ? face(row) : kept));

/** Show variant `index` of an answer; the one shown before is kept. */
export const showVariant = (rows, id, index) =>
  replace(rows, id, (row) => {
    if (!row.variants?.[index]) return row;
    const variants = variantsOf(row);
    return { ...row, ...variants[index], variants, at: index };
  });

/** A row to answer into: a fresh variant of row `id`, or a new row at the end; `asked` are the messages it answers. */
export function openAnswer(rows, id, model, asked) {
  const blank = { message: { role: "assistant", content: "" }, reasoning: "", status: "running", stats: null, model };
  const fresh = { ...blank, asked: fingerprint(asked), edited: false };
  if (at(rows, id) < 0) {
    const row = { id: newId(), generated: true, ...fresh };
    return { rows: [...rows, row], id: row.id };
  }
  return { rows: replace(rows, id, (row) => anotherVariant({ ...row, generated: true }, fresh)), id };
}

function anotherVariant(row, fresh) {
  const variants = variantsOf(row);
  return { ...row, ...fresh, variants: [...variants, {}], at: variants.length, before: row.at ?? 0 };
}

/**
 * The answer has ended. `answers` are its choices as { message, reasoning }: the first becomes the row, the
 * others its variants. `status` is "done", "stopped" or "failed"; `stats` are the run's figures.
 */
export const closeAnswer = (rows, id, answers, status, stats) =>
  replace(rows, id, ({ before, ...row }) => {
    const faces = answers.map((answer) => ({ ...face(row), ...answer, status, stats }));
    const closed = { ...row, ...faces[0] };
    if (faces.length < 2) return closed;
    const kept = row.variants ? row.variants.slice(0, row.at) : [];
    return { ...closed, variants: [...kept, ...faces], at: kept.length };
  });

/** Begin to continue an assistant text: in a variant of its own, so that the text as it was written stays. */
export const openPrefill = (rows, id, model, asked) =>
  replace(rows, id, (row) => {
    const fresh = { ...face(row), status: "running", model, asked: fingerprint(asked), edited: true };
    return { ...anotherVariant(row, fresh), prefilled: textOf(row.message) };
  });

/** The continuation has ended; it can be continued further. More choices are variants. */
export const closePrefill = (rows, id, answers, status, stats) =>
  closeAnswer(rows, id, answers, status, stats).map((row) => {
    if (row.id !== id) return row;
    const { prefilled, ...rest } = row;
    const whole = (part) => ({ ...part, message: withText(part.message, prefilled + textOf(part.message)) });
    const first = rest.at;
    const variants = rest.variants?.map((kept, place) => (place > first && kept.message ? whole(kept) : kept));
    return { ...whole(rest), variants };
  });

/** Take back an answer that never began: its variant, or the whole row. */
export function dropAnswer(rows, id) {
  const row = rows[at(rows, id)];
  if (!row) return rows;
  if (!row.variants) return rows.filter((other) => other.id !== id);
  const { before, prefilled, ...kept } = row;
  const variants = row.variants.filter((_, place) => place !== row.at);
  const rest = { ...kept, ...variants[before], at: before, variants };
  if (variants.length === 1) {
    delete rest.variants;
    delete rest.at;
  }
  return replace(rows, id, () => rest);
}

// --- what is sent --------------------------------------------------------------------------------

/** Whether a row is left out of the request: a system prompt that nobody has written yet. */
export const isUnsent = (row) =>
  (row.message.role === "system" || row.message.role === "developer") && textOf(row.message) === "";

/** The messages that a run of these rows sends. An answer that is still running is not one of them. */
export const messagesOf = (rows) =>
  rows.filter((row) => !isUnsent(row) && row.status !== "running").map((row) => row.message);

/** Rows with the composer's draft as their last user message, if there is one. */
export function withDraft(rows, text, images) {
  if (!text.trim() && !images.length) return rows;
  const row = makeRow("user", text);
  return [...rows, { ...row, message: withImages(row.message, images) }];
}

const hashes = new WeakMap(); // message -> hash of its JSON; messages are never changed

function hashOfMessage(message) {
  if (!hashes.has(message)) hashes.set(message, hashOf(JSON.stringify(message)));
  return hashes.get(message);
}

const extend = (print, message) => Math.imul(print ^ hashOfMessage(message), 0x01000193) >>> 0;

/** A number for a list of messages, by which an answer remembers what it was asked. */
export const fingerprint = (messages) => messages.reduce(extend, 1);

/** For each row, whether it is an answer to other messages than those that stand above it now. */
export function staleness(rows) {
  let print = 1;
  return rows.map((row) => {
    const stale = row.generated && row.asked !== undefined && row.status !== "running" && row.asked !== print;
    if (!isUnsent(row) && row.status !== "running") print = extend(print, row.message);
    return Boolean(stale);
  });
}

/**
 * What Run does with these rows: which of them are sent, and where the answer goes.
 * A conversation that ends with a generated answer is answered again; one that ends with an assistant text
 * written by hand is continued.
 */
export function planRun(rows, id = null) {
  const index = id === null ? rows.length - 1 : at(rows, id);
  const last = rows[index];
  if (last?.generated && (!last.edited || id !== null) && last.message.role === "assistant") return { sent: rows.slice(0, index), into: last.id };
  const sent = rows.slice(0, index + 1);
  return { sent, into: null, prefill: last?.message.role === "assistant" && !last.message.tool_calls };
}
