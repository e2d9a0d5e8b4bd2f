// {{variables}} in messages: found as typed, filled in from a small table whose rows are test cases.
import { newId, textOf } from "./message.js";

const NAME = /\{\{\s*([\p{L}_][\p{L}\p{N}_.-]*)\s*\}\}/gu;

/** variables: { rows: [{ id, values: { name: text } }], chosen: id of the row that Run uses, literal: [names] }. */
export const freshVariables = () => {
  const row = { id: newId(), values: {} };
  return { rows: [row], chosen: row.id, literal: [] };
};

export const namesIn = (text) => [...text.matchAll(NAME)].map((found) => found[1]);

/** Whether a row's text may hold variables: what a model said is not a template. */
const isTemplate = (row) => !row.generated || row.edited;

/** The names in these rows, each once, in the order of their appearance; those kept as text are left out. */
export function namesOf(rows, literal = []) {
  const names = rows.filter(isTemplate).flatMap((row) => textsOf(row.message).filter(mayHold).flatMap(namesIn));
  return [...new Set(names)].filter((name) => !literal.includes(name));
}

const mayHold = (text) => text.includes("{{");

/** The texts of a message that may hold variables: what it says, and the arguments of its calls. */
const textsOf = (message) => [textOf(message), ...(message.tool_calls ?? []).map((call) => call.function.arguments)];

/** The row's message with its variables filled in; a name without a value stays as it is written. */
export function filled(row, values) {
  if (!values || !isTemplate(row) || !textsOf(row.message).some(mayHold)) return row.message;
  const fill = (text, write = (value) => value) => text.replace(NAME, (whole, name) => (name in values ? write(values[name]) : whole));
  const message = { ...row.message, content: filledContent(row.message.content, fill) };
  if (message.tool_calls) message.tool_calls = message.tool_calls.map((call) => withArguments(call, fill));
  return message;
}

function filledContent(content, fill) {
  if (typeof content === "string") return fill(content);
  return content && content.map((part) => (part.type === "text" ? { ...part, text: fill(part.text) } : part));
}

/** Arguments are JSON: a value stands inside a JSON string there, and is escaped for it. */
const withArguments = (call, fill) => {
  const text = fill(call.function.arguments, (value) => JSON.stringify(value).slice(1, -1));
  return { ...call, function: { ...call.function, arguments: text } };
};

export const chosenRow = ({ rows, chosen }) => rows.find((row) => row.id === chosen) ?? rows[0];

/** The table's row of this id; the chosen one where there is none. */
export const lineOf = (variables, id) => variables.rows.find((row) => row.id === id) ?? chosenRow(variables);

/** The values that a row of the table gives to these names. */
export const valuesFor = (row, names) =>
  Object.fromEntries(names.filter((name) => name in row.values).map((name) => [name, row.values[name]]));

export const missingIn = (row, names) => names.filter((name) => !(name in row.values));

/** Whether a row's values are the ones that an answer was made with. */
const fits = (made, values) => Object.entries(made).every(([name, value]) => values[name] === value);

/** Whether an answer was made with values, and with those of this row: an answer without any fits no row. */
export const madeWith = (made, values) => Object.keys(made ?? {}).length > 0 && fits(made, values);

/** Whether an answer that was made with these values belongs to a row of the table as it is now. */
export const belongs = (values, { rows }) => rows.some((row) => fits(values, row.values));

/** Number (from 1) of the table's row that has these values, or null. */
export function numberOf(values, { rows }) {
  const place = rows.findIndex((row) => fits(values, row.values));
  return place < 0 ? null : place + 1;
}

// --- edits of the table ----------------------------------------------------------------------------

const changeCase = (variables, id, change) => ({
  ...variables,
  rows: variables.rows.map((row) => (row.id === id ? { ...row, values: change(row.values) } : row)),
});

/** Give a variable its value; a field that is emptied has none. */
export const setValue = (variables, id, name, text) =>
  changeCase(variables, id, ({ [name]: _, ...others }) => (text ? { ...others, [name]: text } : others));

/** Say that these variables are meant to be empty. */
export const leaveEmpty = (variables, id, names) =>
  changeCase(variables, id, (values) => ({ ...values, ...Object.fromEntries(names.map((name) => [name, ""])) }));

export function addCase(variables, from = null) {
  const row = { id: newId(), values: { ...from?.values } };
  return { ...variables, rows: [...variables.rows, row], chosen: row.id };
}

export function removeCase(variables, id) {
  const rows = variables.rows.filter((row) => row.id !== id);
  const whole = rows.length ? rows : freshVariables().rows;
  return { ...variables, rows: whole, chosen: whole.some((row) => row.id === variables.chosen) ? variables.chosen : whole[0].id };
}

export const keepAsText = (variables, names, literal) => ({
  ...variables,
  literal: literal ? [...new Set([...variables.literal, ...names])] : variables.literal.filter((name) => !names.includes(name)),
});
