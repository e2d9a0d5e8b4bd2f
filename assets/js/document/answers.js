// Answers of models: their variants, how they begin and end, and what they were asked.
import { hashOf } from "./hash.js";
import { isPrompt, newId, textOf, withText } from "./message.js";
import { joined } from "./tokens.js";
import { belongs, filled, madeWith } from "./variables.js";

export const placeOf = (rows, id) => rows.findIndex((row) => row.id === id);

export const replace = (rows, id, change) => rows.map((row) => (row.id === id ? change(row) : row));

// --- variants ------------------------------------------------------------------------------------

const FACE = ["message", "generated", "reasoning", "tokens", "stats", "status", "model", "endpoint", "values", "format", "asked", "edited"];
const face = (row) => Object.fromEntries(FACE.map((field) => [field, row[field]]));

/** All variants of an answer as they stand, the shown one included. */
export const variantsOf = (row) => (row.variants ?? [{}]).map((kept, index) => (index === (row.at ?? 0) ? face(row) : kept));

/** Show variant `index` of an answer; the one shown before is kept. */
export const showVariant = (rows, id, index) =>
  replace(rows, id, (row) => {
    if (!row.variants?.[index]) return row;
    const variants = variantsOf(row);
    return { ...row, ...variants[index], variants, at: index };
  });

/** Of each answer, the latest variant that was made with these values, where there is one. */
export const showAnswersTo = (rows, values) =>
  rows.reduce((kept, row) => {
    if (!row.variants || row.status === "running") return kept;
    const index = variantsOf(row).findLastIndex((variant) => madeWith(variant.values, values));
    return index < 0 || index === row.at ? kept : showVariant(kept, row.id, index);
  }, rows);

/** A row with another message. A generated answer stays as it was, as a variant; its copy is changed. */
export function rewritten(row, message) {
  if (!row.generated || row.edited) return { ...row, message };
  const variants = [...variantsOf(row), {}];
  return { ...row, message, edited: true, tokens: undefined, stats: null, status: undefined, variants, at: variants.length - 1 };
}

function anotherVariant(row, fresh) {
  const variants = variantsOf(row);
  return { ...row, ...fresh, variants: [...variants, {}], at: variants.length, before: row.at ?? 0 };
}

/** The row without variant `gone`, showing the one that stands at `shown` then. */
function without({ before, prefilled, ...row }, gone, shown) {
  const variants = variantsOf(row).filter((_, index) => index !== gone);
  const rest = { ...row, ...variants[shown], at: shown, variants };
  if (variants.length > 1) return rest;
  const { variants: _, at, ...single } = rest;
  return single;
}

/** How many of an answer's variants to the same messages and values say the same as the shown one: { same, of }. */
export function agreement(row) {
  const values = JSON.stringify(row.values ?? {});
  const same = (variant) => variant.asked === row.asked && JSON.stringify(variant.values ?? {}) === values;
  const alike = variantsOf(row).filter((variant) => !variant.edited && variant.message && same(variant));
  const said = (variant) => textOf(variant.message).trim();
  return { same: alike.filter((variant) => said(variant) === said(row)).length, of: alike.length };
}

// --- an answer begins and ends ---------------------------------------------------------------------

/**
 * A place to answer into: a fresh variant of row `into`, or a new row below row `after` (at the end if null).
 * `by` is { model, endpoint, values, format }; `asked` are the rows it answers.
 */
export function openAnswer(rows, { into, after }, by, asked) {
  const blank = { message: { role: "assistant", content: "" }, generated: true, reasoning: "", tokens: undefined, status: "running", stats: null };
  const fresh = { ...blank, ...by, asked: fingerprint(unfilled(asked)), edited: false };
  const index = placeOf(rows, into);
  if (index >= 0) return { rows: replace(rows, into, (row) => anotherVariant(row, fresh)), id: into };
  const row = { id: newId(), link: `${asked.at(-1)?.link ?? ""}+`, ...fresh };
  const end = placeOf(rows, after) + 1 || rows.length;
  return { rows: [...rows.slice(0, end), row, ...rows.slice(end)], id: row.id };
}

/**
 * The answer has ended. `answers` are its choices as { message, reasoning, tokens }: the first becomes the row, the
 * others its variants. `status` is "done", "stopped" or "failed"; `stats` are the run's figures.
 */
export const closeAnswer = (rows, id, answers, status, stats) =>
  replace(rows, id, ({ before, ...row }) => {
    const faces = answers.map(({ stats: own, ...answer }) => ({ ...face(row), ...answer, status, stats: { ...stats, ...own } }));
    const closed = { ...row, ...faces[0] };
    if (faces.length < 2) return closed;
    const kept = row.variants ? row.variants.slice(0, row.at) : [];
    return { ...closed, variants: [...kept, ...faces], at: kept.length };
  });

/**
 * Begin to continue an assistant text: in a variant of its own, so that the text as it was stays. What a user wrote,
 * or wrote the beginning of, counts as edited: Run goes on from it. `start` is the row as it is sent.
 */
export const openPrefill = (rows, id, by, asked, start = rows[placeOf(rows, id)]) =>
  replace(rows, id, (row) => {
    const begun = { ...face(row), message: start.message, tokens: start.tokens, generated: true, edited: row.generated ? row.edited : true };
    const fresh = { ...begun, status: "running", ...by, asked: fingerprint(unfilled(asked)) };
    return { ...anotherVariant(row, fresh), prefilled: textOf(start.message) };
  });

/** The continuation has ended; it can be continued further. More choices are variants. */
export function closePrefill(rows, id, answers, status, stats) {
  const { message: begun, tokens } = rows[placeOf(rows, id)] ?? {};
  return closeAnswer(rows, id, answers, status, stats).map((row) => {
    if (row.id !== id) return row;
    const { prefilled, ...rest } = row;
    const whole = (part) => ({
      ...part,
      message: withText({ ...begun, ...part.message }, prefilled + textOf(part.message)),
      tokens: joined(prefilled, tokens, part.tokens),
    });
    const first = rest.at;
    const variants = rest.variants?.map((kept, index) => (index > first && kept.message ? whole(kept) : kept));
    return { ...whole(rest), variants };
  });
}

/** Take back an answer that never began: its variant, or the whole row. */
export function dropAnswer(rows, id) {
  const row = rows[placeOf(rows, id)];
  if (!row) return rows;
  if (!row.variants) return rows.filter((other) => other.id !== id);
  return replace(rows, id, () => without(row, row.at, row.before));
}

const isRunning = (row) => row.status === "running";

/** The rows without the answers that are being written; earlier variants of those stay. */
export const withoutRunning = (rows) => rows.filter(isRunning).reduce((kept, row) => dropAnswer(kept, row.id), rows);

/** The rows with answers that are still marked as running, but that no run writes, brought to an end. */
export const settled = (rows, writes = () => false) =>
  rows
    .filter((row) => isRunning(row) && !writes(row) && textOf(row.message) === "")
    .reduce((kept, row) => dropAnswer(kept, row.id), rows)
    .map((row) => {
      if (!isRunning(row) || writes(row)) return row;
      const { prefilled, before, ...rest } = row;
      return { ...rest, status: "stopped" };
    });

// --- what is sent --------------------------------------------------------------------------------

/** Whether a row is left out of the request: a system prompt that nobody has written yet. One that came empty is sent. */
export const isUnsent = (row) => isPrompt(row.message.role) && textOf(row.message) === "" && !row.kept;

const sendable = (rows) => rows.filter((row) => !isUnsent(row) && row.status !== "running");

const unfilled = (rows) => sendable(rows).map((row) => row.message);

/**
 * The messages that a run of these rows sends, variables filled in. An answer that is still running is not one. With
 * `thoughts`, answers go with the reasoning that came before them.
 */
export const messagesOf = (rows, values = null, thoughts = false) =>
  sendable(rows).map((row) => (thoughts ? withThoughts(filled(row, values), row) : filled(row, values)));

const hasThoughts = ({ role, reasoning_content, reasoning }) => role !== "assistant" || reasoning_content || reasoning;

const withThoughts = (message, { reasoning }) => (reasoning && !hasThoughts(message) ? { ...message, reasoning_content: reasoning } : message);

const hashes = new WeakMap(); // message -> hash of its JSON; messages are never changed

function hashOfMessage(message) {
  if (!hashes.has(message)) hashes.set(message, hashOf(JSON.stringify(message)));
  return hashes.get(message);
}

const extend = (print, message) => Math.imul(print ^ hashOfMessage(message), 0x01000193) >>> 0;

/** A number for a list of messages, by which an answer remembers what it was asked. */
export const fingerprint = (messages) => messages.reduce(extend, 1);

/** The number of the messages that stand above place `index`: what an answer there would be asked. */
export const askedAt = (rows, index) => fingerprint(unfilled(rows.slice(0, index)));

/** For each row, whether it is an answer to other messages or values than those that stand there now. */
export function staleness(rows, variables = null) {
  let print = 1;
  return rows.map((row) => {
    const answered = row.generated && row.asked !== undefined && row.status !== "running";
    const other = answered && (row.asked !== print || Boolean(variables && row.values && !belongs(row.values, variables)));
    if (!isUnsent(row) && row.status !== "running") print = extend(print, row.message);
    return Boolean(other);
  });
}

/**
 * What a run of these rows does: `sent` are the rows that are sent; the answer goes `into` a row, or into a new one
 * below row `after` (null: at the end); with `prefill` the last row is an assistant text to be continued.
 * Run (`id` null) takes the whole conversation: one that ends with a generated answer is answered again, but for one
 * that the user has edited and that a model which `continues` texts goes on from. With an `id`
 * the run is of that row: an answer is made anew, any other row is answered, by the answer below it if there is one.
 */
export function planRun(rows, id = null, continues = true) {
  const index = id === null ? rows.length - 1 : placeOf(rows, id);
  const row = rows[index];
  const assistant = row?.message.role === "assistant";
  if (assistant && row.generated && (!row.edited || id !== null || !continues)) return { sent: rows.slice(0, index), into: row.id, after: null };
  const sent = rows.slice(0, index + 1);
  const below = id === null ? null : rows[index + 1];
  const into = below?.generated && below.message.role === "assistant" ? below.id : null;
  return { sent, into, after: into || id === null ? null : id, prefill: Boolean(assistant && !row.message.tool_calls) };
}

/** What Continue does with an assistant row: everything up to it is sent, and the text goes on, or another beginning: { text, tokens }. */
export function planContinue(rows, id, branch = null) {
  const begin = (row) => ({ ...row, message: withText(row.message, branch.text), tokens: branch.tokens });
  return { sent: (branch ? replace(rows, id, begin) : rows).slice(0, placeOf(rows, id) + 1), into: null, after: null, prefill: true };
}

/** Whether an assistant row can be continued: it has a text, and no tool calls. */
export const canContinue = (row) => row.message.role === "assistant" && !row.message.tool_calls && textOf(row.message) !== "";
