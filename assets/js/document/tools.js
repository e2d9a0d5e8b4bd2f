// The tools of a request: a JSON text on the wire, and pure changes of it. A tool that is not changed keeps its very
// text; in one that is, keys that the form does not know stay, and numbers stay as they were written where JSON.rawJSON is.
import { readJson } from "./jsonplaces.js";
import { isObject } from "./jsontext.js";

const parsed = (text) =>
  JSON.parse(text, (_, value, context) =>
    typeof value === "number" && context?.source && JSON.rawJSON && String(value) !== context.source ? JSON.rawJSON(context.source) : value,
  );

/** The texts of the tools in the wire's text; null if that is not an array of objects. */
export function toolTexts(text) {
  if (!text?.trim()) return [];
  const { node } = readJson(text);
  const sound = node?.kind === "array" && JSON.parse(text).every((tool) => isObject(tool) && isObject(tool.function));
  return sound ? node.items.map(({ start, end }) => text.slice(start, end)) : null;
}

/** The wire's text of these tools; none is no text, so that nothing is sent. */
export const joined = (texts) => (texts.length ? `[${texts.join(",")}]` : "");

export const toolOf = (text) => parsed(text);

export const textOfTool = (tool) => JSON.stringify(tool);

export const nameOf = (tool) => String(tool.function.name ?? "");

export const withFunction = (tool, fields) => ({ ...tool, function: { ...tool.function, ...fields } });

/** An empty text leaves the field out. */
export function withDescription(tool, description) {
  const { description: _, ...rest } = tool.function;
  const { name, ...others } = rest;
  return { ...tool, function: description ? { name, description, ...others } : rest };
}

/** A tool with this name, or the name with a number behind it where there is such a one already. */
export function makeTool(names, name = "my_tool") {
  const free = [name, ...names.map((_, at) => `${name}_${at + 2}`)].find((other) => !names.includes(other));
  return { type: "function", function: { name: free, description: "", parameters: { type: "object", properties: {} } } };
}

// --- parameters ------------------------------------------------------------------------------------

export const TYPES = ["string", "integer", "number", "boolean", "array", "object"];

/** The parameters of a tool as rows of a form: [{ name, schema, required }]. */
export function parametersOf(tool) {
  const { properties, required } = tool.function.parameters ?? {};
  const wanted = new Set(Array.isArray(required) ? required : []);
  return Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => ({ name, schema, required: wanted.has(name) }));
}

/** The tool with these rows as its parameters. */
export function withParameters(tool, rows) {
  const { properties, required, ...rest } = tool.function.parameters ?? {};
  const names = rows.filter((row) => row.required).map((row) => row.name);
  const parameters = { type: "object", ...rest, properties: Object.fromEntries(rows.map(({ name, schema }) => [name, schema])) };
  if (names.length || (required && rows.length)) parameters.required = names;
  return withFunction(tool, { parameters });
}

/** What the form shows for the type: one of TYPES, "" for any value, or null for what only JSON says. */
export function typeOf(schema) {
  if (!isObject(schema) || Array.isArray(schema.type) || schema.anyOf || schema.oneOf || schema.$ref) return null;
  if (schema.type === undefined) return "";
  return TYPES.includes(schema.type) ? schema.type : null;
}

const OF_TYPE = ["items", "properties", "required", "additionalProperties", "minimum", "maximum", "pattern", "format", "enum", "default"];

/** The schema with another type: what belonged to the old one goes. */
export function withType(schema, type) {
  const { type: _, ...rest } = schema;
  for (const key of OF_TYPE) delete rest[key];
  return type ? { type, ...rest, ...(type === "array" ? { items: { type: "string" } } : {}) } : rest;
}

export function withText(schema, key, text) {
  const { [key]: _, ...rest } = schema;
  return text ? { ...rest, [key]: text } : rest;
}

/** The values to choose from, as the form has them: separated by commas. */
export const choicesText = ({ enum: choices }) =>
  Array.isArray(choices) ? choices.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(", ") : "";

/** The schema with these choices; words are texts, but numbers where the type is one. */
export function withChoices(schema, text) {
  const { enum: _, ...rest } = schema;
  const words = text.split(",").map((word) => word.trim()).filter(Boolean);
  const number = schema.type === "integer" || schema.type === "number";
  const values = words.map((word) => (number && /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : word));
  return words.length ? { ...rest, enum: [...new Set(values)] } : rest;
}

// --- what is wrong, and what is chosen ---------------------------------------------------------------

/** What is wrong with a tool among the others' names, or null. */
export function toolProblem(tool, others = []) {
  const name = nameOf(tool);
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) return "A name has 1 to 64 letters, digits, _ or -.";
  if (others.includes(name)) return `There are two tools named ${name}.`;
  const names = parametersOf(tool).map((row) => row.name);
  return names.includes("") ? "A parameter has no name." : null;
}

/** The texts that tool_choice can have beside "default", as [text, label]. */
export const choicesFor = (names) => [
  ...["none", "auto", "required"].map((word) => [JSON.stringify(word), word]),
  ...[...new Set(names)].map((name) => [JSON.stringify({ type: "function", function: { name } }), name]),
];

/** The one of `choices` that says the same as a text, else the text itself. */
export function choiceOf(text, choices) {
  try {
    const value = JSON.parse(text);
    const name = value?.type === "function" ? value.function?.name : value;
    return choices.find(([, label], at) => label === name && at < 3 === (typeof value === "string"))?.[0] ?? text;
  } catch {
    return text;
  }
}

/** The tool of a name in the wire's text, or null. */
export const toolNamed = (text, name) =>
  (toolTexts(text) ?? []).map((one) => JSON.parse(one)).find((tool) => nameOf(tool) === name) ?? null;
