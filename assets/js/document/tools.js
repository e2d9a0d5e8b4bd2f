// The tools of a request: a JSON text on the wire, and pure changes of it. A tool that is not changed keeps its very
// text; in one that is, all else stays as it was written. Its parameters are changed by schemafields.js.
import { withFieldText } from "./jsonedit.js";
import { memberOf, nodeAt, placedProblem, readJson, replaced, spliced } from "./jsonplaces.js";
import { indented, isObject } from "./jsontext.js";
import { addField } from "./schemafields.js";

/** The texts of the tools in the wire's text; null if that is not an array of objects. */
export function toolTexts(text) {
  if (!text?.trim()) return [];
  const { node } = readJson(text);
  const sound = node?.kind === "array" && JSON.parse(text).every((tool) => isObject(tool) && isObject(tool.function));
  return sound ? node.items.map(({ start, end }) => text.slice(start, end)) : null;
}

/** The wire's text of these tools; none is no text, so that nothing is sent. */
export const joined = (texts) => (texts.length ? `[${texts.join(",")}]` : "");

export const toolOf = (text) => JSON.parse(text);

export const nameOf = (tool) => String(tool.function.name ?? "");

/** What keeps a text from being a tool, or null. */
export const noTool = (text) => placedProblem(text) ?? (isObject(toolOf(text)?.function) ? null : 'A tool is {"type": "function", "function": {…}}.');

/** The text of a tool with a name or a description; an empty description is left out. */
export function withToolField(text, field, value) {
  const held = memberOf(readJson(text).node, "function").value;
  const own = text.slice(held.start, held.end);
  const next = withFieldText(own, field, value || field === "name" ? JSON.stringify(value) : null);
  return spliced(text, [replaced(held, next)]);
}

/** The text of a new tool, named so or with a number behind it where there is such a one already. */
export function makeTool(names, name = "my_tool") {
  const free = [name, ...names.map((_, at) => `${name}_${at + 2}`)].find((other) => !names.includes(other));
  return indented(JSON.stringify({ type: "function", function: { name: free, description: "", parameters: NONE } }));
}

// --- parameters ------------------------------------------------------------------------------------

const NONE = { type: "object", properties: {} };
export const PARAMETERS = ["function", "parameters"];

/** The node of a tool's parameters; null where it has none, or an empty schema. */
export function parametersNode(text) {
  const node = nodeAt(readJson(text).node, PARAMETERS);
  return node?.members?.length === 0 ? null : node;
}

/** The text of a tool that had no parameters, with one. */
export function withFirstParameter(text) {
  const held = memberOf(readJson(text).node, "function").value;
  const given = withFieldText(text.slice(held.start, held.end), "parameters", JSON.stringify(NONE));
  const next = indented(spliced(text, [replaced(held, given)]));
  return addField(next, parametersNode(next), "parameter");
}

/** The names of a tool's parameters. */
export function parameterNames(tool) {
  const { properties } = tool.function.parameters ?? {};
  return Object.keys(isObject(properties) ? properties : {});
}

// --- what is wrong, and what is chosen ---------------------------------------------------------------

/** Whether a tool, or a schema, may have this name. */
export const isName = (name) => /^[a-zA-Z0-9_-]{1,64}$/.test(name);

/** What is wrong with a tool among the others' names, or null. */
export function toolProblem(tool, others = []) {
  const name = nameOf(tool);
  if (!isName(name)) return "A name has 1 to 64 letters, digits, _ or -.";
  if (others.includes(name)) return `There are two tools named ${name}.`;
  return parameterNames(tool).includes("") ? "A parameter has no name." : null;
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

/** What becomes of tools with this model (session/server.js modelInfo) where it has no markup of its own for them, or null. */
export const defaultMarkup = (info) =>
  info?.own_tool_markup === false
    ? "This model's chat template has no place for tools: a message at the start describes them, and calls and results are written in Hermes' markup (<tool_call>)."
    : null;
