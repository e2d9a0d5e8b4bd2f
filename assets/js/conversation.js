// Rows and pure edits of them. A row is one message of the conversation as it stands on the wire, with what
// the page knows about it: { id, message, generated?, stale?, status?, stats?, model?, variants?, at? }.
// Every edit returns new rows and leaves the untouched ones as they are (the same objects).

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

/** Rows with the answers below `index` marked as given to an earlier text. */
export const markStale = (rows, index) =>
  rows.map((row, place) => (place > index && row.generated && !row.stale ? { ...row, stale: true } : row));

const edited = (rows, id, change) => markStale(replace(rows, id, change), at(rows, id));

export const setText = (rows, id, text) =>
  edited(rows, id, (row) => ({ ...row, message: withText(row.message, text) }));

export const setImages = (rows, id, images) =>
  edited(rows, id, (row) => ({ ...row, message: withImages(row.message, images) }));

export const setField = (rows, id, field, value) =>
  edited(rows, id, (row) => ({ ...row, message: { ...row.message, [field]: value } }));

const KEPT_BY = { tool_calls: "assistant", reasoning_content: "assistant", reasoning: "assistant", images: "user" };

/** Switch the role. Tool calls, reasoning and images that the new role cannot carry wait on the row's shelf. */
export const setRole = (rows, id, role) =>
  edited(rows, id, (row) => {
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
    return { ...row, message, shelf, generated: false, stale: false };
  });

export function insertAt(rows, index, row) {
  return markStale([...rows.slice(0, index), row, ...rows.slice(index)], index);
}

export const insertAfter = (rows, id, row) => insertAt(rows, at(rows, id) + 1, row);

export function remove(rows, id) {
  const index = at(rows, id);
  return markStale(rows.filter((row) => row.id !== id), index - 1);
}

export function move(rows, id, step) {
  const from = at(rows, id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= rows.length) return rows;
  const next = [...rows];
  [next[from], next[to]] = [next[to], next[from]];
  return markStale(next, Math.min(from, to) - 1);
}

/** A copy with ids of its own. */
export const copyRows = (rows) => rows.map((row) => ({ ...row, id: newId() }));

/** The role that a new row after `index` most likely wants. */
export function nextRole(rows, index) {
  const role = rows[index]?.message.role;
  return role === "user" || role === "tool" ? "assistant" : "user";
}

// --- answers and their variants ------------------------------------------------------------------

const FACE = ["message", "reasoning", "stats", "status", "model", "stale"];
const face = (row) => Object.fromEntries(FACE.map((field) => [field, row[field]]));

/** Show variant `index` of an answer; the one shown before is kept. */
export const showVariant = (rows, id, index) =>
  replace(rows, id, (row) => {
    if (!row.variants?.[index]) return row;
    const variants = row.variants.map((kept, place) => (place === row.at ? face(row) : kept));
    return { ...row, ...variants[index], variants, at: index };
  });

/** A row to answer into after `id`: a fresh variant of that row if it is one, else a new row at the end. */
export function openAnswer(rows, id, model) {
  const fresh = { message: { role: "assistant", content: "" }, reasoning: "", status: "running", stats: null, model, stale: false };
  const index = id === null ? -1 : at(rows, id);
  if (index < 0) {
    const row = { id: newId(), generated: true, ...fresh };
    return { rows: [...rows, row], id: row.id };
  }
  const row = rows[index];
  const kept = row.variants ? row.variants.map((v, place) => (place === row.at ? face(row) : v)) : [face(row)];
  const next = { ...row, ...fresh, generated: true, variants: [...kept, fresh], at: kept.length, before: row.at ?? 0 };
  return { rows: markStale(rows.with?.(index, next) ?? replace(rows, id, () => next), index), id };
}

/**
 * The answer has ended. `answers` are its choices as { message, reasoning }: the first becomes the row, the
 * others its variants. `status` is "done", "stopped" or "failed"; `stats` are the run's figures.
 */
export const closeAnswer = (rows, id, answers, status, stats) =>
  replace(rows, id, ({ before, ...row }) => {
    const faces = answers.map((answer) => ({ ...answer, status, stats, model: row.model, stale: false }));
    const closed = { ...row, ...faces[0] };
    if (faces.length < 2) return closed;
    const kept = row.variants ? row.variants.slice(0, row.at) : [];
    return { ...closed, variants: [...kept, ...faces], at: kept.length };
  });

/** Begin to continue an assistant text that was written by hand. */
export const openPrefill = (rows, id, model) =>
  replace(rows, id, (row) => ({ ...row, status: "running", model, prefilled: textOf(row.message) }));

/** The continuation has ended; the row stays one to continue. Its other choices become variants. */
export const closePrefill = (rows, id, answers, status, stats) =>
  replace(rows, id, ({ prefilled, ...row }) => {
    const faces = answers.map(({ message, reasoning }) => ({
      message: withText(row.message, prefilled + textOf(message)),
      reasoning,
      status,
      stats,
      model: row.model,
      stale: false,
    }));
    if (!faces.length) return { ...row, status: status === "done" ? status : undefined };
    return faces.length > 1 ? { ...row, ...faces[0], variants: faces, at: 0 } : { ...row, ...faces[0] };
  });

/** Take back an answer that never began: its variant, or the whole row. */
export function dropAnswer(rows, id) {
  const row = rows[at(rows, id)];
  if (!row) return rows;
  if (!row.variants) return rows.filter((other) => other.id !== id);
  const { before, ...kept } = row;
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

/**
 * What Run does with these rows: which of them are sent, and where the answer goes.
 * A conversation that ends with a generated answer is answered again; one that ends with an assistant text
 * written by hand is continued.
 */
export function planRun(rows, id = null) {
  const index = id === null ? rows.length - 1 : at(rows, id);
  const last = rows[index];
  if (last?.generated && last.message.role === "assistant") return { sent: rows.slice(0, index), into: last.id };
  const sent = rows.slice(0, index + 1);
  return { sent, into: null, prefill: last?.message.role === "assistant" && !last.message.tool_calls };
}
