// Rows and pure edits of them. A row is one message of the conversation as it stands on the wire, with what the
// page knows about it: { id, link, message, generated?, edited?, collapsed?, naming?, view?, shelf?, asked?, status?, stats?,
// model?, values?, variants?, at?, kept? }. `link` is shared by the rows that stand for one message in several panes; `kept`
// is an empty system prompt that is sent all the same.
// Every edit returns new rows and leaves the untouched ones as they are (the same objects).
import { placeOf, replace, rewritten } from "./answers.js";
import { imagesOf, newId, openCall, textOf, withField, withImages, withRole, withText } from "./message.js";

/** A new row; as a tool message it answers `call`. */
export const makeRow = (role, text = "", call = undefined) => {
  const id = newId();
  return { id, link: id, message: withRole({ role, content: text }, role, call) };
};

/** Change a row's text. The first change of a generated answer is made on a copy: the answer stays as a variant. */
export const setText = (rows, id, text) => replace(rows, id, (row) => rewritten(row, withText(row.message, text)));

/** Change a row's message by a function, an answer's on a copy. */
export const setMessage = (rows, id, change) => replace(rows, id, (row) => rewritten(row, change(row.message)));

export const setImages = (rows, id, images) =>
  replace(rows, id, (row) => ({ ...row, message: withImages(row.message, images) }));

/** Set a field of the message; an empty one is left out. */
export const setField = (rows, id, field, value) =>
  replace(rows, id, (row) => ({ ...row, message: withField(row.message, field, value) }));

/** Set what the page knows of a row: how it is shown. */
export const mark = (rows, id, marks) => replace(rows, id, (row) => ({ ...row, ...marks }));

const KEPT_BY = { tool_calls: "assistant", reasoning_content: "assistant", reasoning: "assistant", images: "user" };

/** Switch the role. Tool calls, reasoning and images that the new role cannot carry wait on the row's shelf. */
export const setRole = (rows, id, role) =>
  replace(rows, id, (row) => {
    const call = openCall(rows, placeOf(rows, id));
    const shelf = { ...row.shelf };
    let message = { ...row.message };
    if (imagesOf(message).length) shelf.images = imagesOf(message);
    for (const field of ["tool_calls", "reasoning_content", "reasoning"]) {
      if (field in message) shelf[field] = message[field];
      delete message[field];
    }
    message = withRole(withImages(message, []), role, call);
    for (const [field, owner] of Object.entries(KEPT_BY)) {
      if (owner !== role || !(field in shelf)) continue;
      message = field === "images" ? withImages(message, shelf.images) : { ...message, [field]: shelf[field] };
      delete shelf[field];
    }
    return { ...row, message, shelf, generated: false };
  });

export const insertAt = (rows, index, row) => [...rows.slice(0, index), row, ...rows.slice(index)];

/** Insert below row `id`; at the end where there is no such row. */
export function insertAfter(rows, id, row) {
  const place = placeOf(rows, id);
  return insertAt(rows, place < 0 ? rows.length : place + 1, row);
}

/** Insert above row `id`; at the beginning where there is no such row. */
const insertBefore = (rows, id, row) => insertAt(rows, Math.max(0, placeOf(rows, id)), row);

export const remove = (rows, id) => rows.filter((row) => row.id !== id);

/** Without everything below row `id`, but for an answer that is being written. */
export function cutAfter(rows, id) {
  const place = placeOf(rows, id);
  return place < 0 ? rows : rows.filter((row, index) => index <= place || row.status === "running");
}

export function move(rows, id, step) {
  const from = placeOf(rows, id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= rows.length) return rows;
  const next = [...rows];
  [next[from], next[to]] = [next[to], next[from]];
  return next;
}

/** Move a row to stand above row `before`, or at the end if that is null. */
export function moveBefore(rows, id, before) {
  const row = rows[placeOf(rows, id)];
  if (!row || id === before) return rows;
  const rest = remove(rows, id);
  return before === null ? [...rest, row] : insertBefore(rest, before, row);
}

/** A copy with ids of its own. */
export const copyRows = (rows) => rows.map((row) => ({ ...row, id: newId() }));

/** The copy of one row that Duplicate makes: a message of its own, no answer any more. */
export const duplicateOf = (row, link) => ({ id: newId(), link, message: row.message, reasoning: row.reasoning });

/** The role that a new row after `index` most likely wants. */
export function nextRole(rows, index) {
  const row = rows[index];
  if (row?.message.tool_calls?.length) return "tool";
  return row?.message.role === "user" || row?.message.role === "tool" ? "assistant" : "user";
}

/** Rows with the composer's draft as their last user message, if there is one. */
export function withDraft(rows, draft, images, link = newId()) {
  if (!draft.trim() && !images.length) return rows;
  const row = makeRow("user", draft);
  return [...rows, { ...row, link, message: withImages(row.message, images) }];
}

const LONG = 900; // characters
const LINES = 14;

export const isLong = (row) => {
  const text = textOf(row.message);
  return text.length > LONG || text.split("\n", LINES + 1).length > LINES;
};
