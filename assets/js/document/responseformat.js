// The response format of a request: which kind it is, read from the pane's texts alone, and the texts that say another.
//
// The wire forms: `response_format` has OpenAI's JSON and schemas and TGI's patterns; grammars and choices are vLLM's
// `structured_outputs`, a field of the extra JSON.
import { fieldText, withExtraField } from "./jsonedit.js";
import { indented, isObject } from "./jsontext.js";
import { deeper, memberOf, partRemoved, placedProblem, readJson, replaced, spliced, valueOf } from "./jsonplaces.js";

export const EXTRA = "structured_outputs";

/** The kinds that the picker offers: [kind, name]. */
export const KINDS = [
  ["none", "None"],
  ["json", "JSON"],
  ["schema", "Schema"],
  ["regex", "Regex"],
  ["grammar", "Grammar"],
  ["choice", "Choices"],
];

const STARTERS = {
  schema: '{\n  "type": "object",\n  "properties": {\n    "answer": {\n      "type": "string"\n    }\n  },\n  "required": ["answer"],\n  "additionalProperties": false\n}',
  regex: "\\d{4}-\\d{2}-\\d{2}",
  grammar: 'start: "yes" | "no"',
  choice: ["yes", "no"],
};

/**
 * What a pane's settings ask for: { kind, text } with the pattern, grammar or schema as it is written, `choices` for
 * choices, `name`, `strict` for a schema. Kind "custom" is a form that the picker has no fields for. `double` says that
 * both places ask for something.
 */
export function formatOf({ params, extra }) {
  const param = fromParam(params.response_format ?? "");
  const other = fromExtra(extra);
  if (!other || param.kind !== "none") return { ...param, double: Boolean(other) };
  return { ...other, double: false };
}

function fromParam(text) {
  if (!text.trim()) return { kind: "none" };
  const { node } = readJson(text);
  if (!node) return brokenSchema(text) ?? { kind: "custom", text };
  const type = memberOf(node, "type")?.value.value;
  const names = node.kind === "object" ? node.members.map(({ key }) => key) : [];
  const only = (...known) => names.length === known.length && known.every((name) => names.includes(name));
  if (type === "json_object" && only("type")) return { kind: "json" };
  const value = memberOf(node, "value")?.value;
  if (type === "regex" && value?.kind === "string" && only("type", "value")) return { kind: "regex", text: value.value };
  const held = memberOf(node, "json_schema")?.value;
  const schema = memberOf(held, "schema")?.value;
  if (type !== "json_schema" || !schema || !only("type", "json_schema")) return { kind: "custom", text };
  const { name = "", strict = null } = valueOf(text, held);
  return { kind: "schema", text: undented(text, schema), name, strict };
}

/** A node's text, its lines moved left as if it stood alone. */
function undented(text, node) {
  const line = text.slice(text.lastIndexOf("\n", node.start - 1) + 1, node.start);
  const indent = /^[ \t]*/.exec(line)[0];
  const own = text.slice(node.start, node.end);
  return indent ? own.replaceAll(`\n${indent}`, "\n") : own;
}

function fromExtra(text) {
  const { node } = readJson(text);
  const held = memberOf(node, EXTRA)?.value;
  if (!held) return null;
  const [member, ...more] = held.members ?? [];
  if (member && !more.length) {
    const { key, value } = member;
    if (key === "grammar" && value.kind === "string") return { kind: "grammar", text: value.value };
    if (key === "choice" && value.items?.every(({ kind }) => kind === "string")) return { kind: "choice", choices: value.items.map((item) => item.value) };
  }
  return { kind: "custom", text: text.slice(held.start, held.end), extra: true };
}

// --- schemas while they are typed --------------------------------------------------------------------

const HEAD = /^\{"type": "json_schema", "json_schema": (\{(?:"(?:name|strict|description)": (?:"(?:[^"\\]|\\.)*"|true|false|null), )*)"schema": /;
const TAIL = "}}";

/** A schema that is no JSON yet stands last in a text of this very form, so that it is found again. */
function brokenSchema(text) {
  const head = HEAD.exec(text);
  if (!head || !text.endsWith(TAIL)) return null;
  const fields = `${head[1].replace(/, $/, "")}}`;
  const { node } = readJson(fields);
  if (!node) return null;
  const { name = "", strict = null } = valueOf(fields, node);
  return { kind: "schema", text: text.slice(head[0].length, -TAIL.length), name, strict };
}

const schemaParam = (held, schema) => {
  const head = Object.entries(held).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}, `);
  return `{"type": "json_schema", "json_schema": {${head.join("")}"schema": ${schema}${TAIL}`;
};

/** The response_format text with another schema text; the rest of it stays as it was written, where both are JSON. */
export function withSchema(text, schema) {
  const { node } = readJson(text);
  const held = memberOf(node, "json_schema")?.value;
  const there = memberOf(held, "schema")?.value;
  if (there && !placedProblem(schema)) {
    const line = text.slice(text.lastIndexOf("\n", there.start - 1) + 1, there.start);
    return spliced(text, [replaced(there, deeper(schema, /^[ \t]*/.exec(line)[0]))]);
  }
  const { name, strict } = fromParam(text);
  const { description } = held ? valueOf(text, held) : {};
  return schemaParam({ name: name || "answer", ...(strict === null ? {} : { strict }), ...(description ? { description } : {}) }, schema);
}

/** The response_format text with a name, or `strict`, of another value; null takes it out. */
export function withSchemaField(text, field, value) {
  const { node } = readJson(text);
  const held = memberOf(node, "json_schema")?.value;
  if (!held) {
    const { name, strict, text: schema } = fromParam(text);
    const fields = { name, ...(strict === null ? {} : { strict }), [field]: value };
    return schemaParam(Object.fromEntries(Object.entries(fields).filter(([, kept]) => kept !== null)), schema);
  }
  const there = memberOf(held, field);
  if (value === null) return there ? spliced(text, [partRemoved(held, held.members.indexOf(there))]) : text;
  if (there) return spliced(text, [replaced(there.value, JSON.stringify(value))]);
  const first = held.members[0].keyStart;
  return spliced(text, [{ start: first, end: first, put: `${JSON.stringify(field)}: ${JSON.stringify(value)}, ` }]);
}

// --- writing -----------------------------------------------------------------------------------------

/**
 * The pane's settings with a format of this kind, in the place of another: as `kept` has it (askedFormat), or one to start
 * from.
 */
export function withKind(settings, kind, kept = null) {
  const { response_format: before = "", ...params } = settings.params;
  const extra = withExtraField(settings.extra, EXTRA, null);
  const given = (text) => ({ params: { ...params, response_format: text }, extra });
  if (kept?.response_format) return given(kept.response_format);
  if (kept) return { params, extra: withExtraField(extra, EXTRA, kept.structured_outputs) };
  if (kind === "json") return given('{"type": "json_object"}');
  if (kind === "schema") return given(schemaParam({ name: "answer" }, schemaWithin(before) ?? STARTERS.schema));
  if (kind === "regex") return given(regexParam(STARTERS.regex));
  if (kind === "none") return { params, extra };
  return { params, extra: withStructured(extra, kind, STARTERS[kind]) };
}

/** The pane's settings with a schema for its answers, in the place of any other format. */
export function withSchemaFormat(settings, schema) {
  const { params, extra } = withKind(settings, "schema");
  return { params: { ...params, response_format: withSchema(params.response_format, schema) }, extra };
}

/** The schema that TGI's form holds. */
function schemaWithin(text) {
  const { node } = readJson(text);
  const value = memberOf(node, "type")?.value.value === "json" ? memberOf(node, "value")?.value : null;
  return value?.kind === "object" ? indented(text.slice(value.start, value.end)) : null;
}

export const regexParam = (pattern) => JSON.stringify({ type: "regex", value: pattern });

/** The extra JSON with `structured_outputs` of this kind; the user's other fields stay as they were written. */
export const withStructured = (extra, kind, value) => withExtraField(extra, EXTRA, JSON.stringify({ [kind]: value }));

/** Whether the extra JSON can take a field: it is empty or an object. */
export const takesStructured = (extra) => !extra.trim() || readJson(extra).node?.kind === "object";

// --- what an answer was asked for ----------------------------------------------------------------------

/** What an answer keeps of the format it was asked with, as texts; null if there was none. */
export function askedFormat({ params, extra }) {
  const response_format = params.response_format?.trim() ? params.response_format : null;
  const structured_outputs = fieldText(extra, EXTRA);
  if (structured_outputs !== null) return { structured_outputs };
  return response_format === null ? null : { response_format };
}

/**
 * The constraint that such a format means: { kind: "json" | "schema" | "regex" | "choice" | "grammar" | "unknown" } with
 * `schema`, `pattern` or `choices`; null for none.
 */
export function constraintOf(format) {
  if (!format) return null;
  const [field, text] = Object.entries(format)[0];
  if (readJson(text).problem !== undefined) return { kind: "unknown" };
  const given = JSON.parse(text) ?? {};
  if (field !== EXTRA && given.type === "text") return null;
  return (field === EXTRA ? structured : responseFormat)(given) ?? { kind: "unknown" };
}

const schemaOf = (schema) => (isObject(schema) || schema === true ? { kind: "schema", schema } : null);
const patternOf = (pattern) => (typeof pattern === "string" ? { kind: "regex", pattern } : null);

function responseFormat({ type, json_schema, value }) {
  if (type === "json_object") return { kind: "json" };
  if (type === "json_schema") return schemaOf(json_schema?.schema);
  if (type === "json") return schemaOf(value);
  return type === "regex" ? patternOf(value) : null;
}

function structured({ json, regex, choice, grammar }) {
  if (json !== undefined) return schemaOf(json);
  if (regex !== undefined) return patternOf(regex);
  if (Array.isArray(choice)) return { kind: "choice", choices: choice };
  return grammar === undefined ? null : { kind: "grammar" };
}
