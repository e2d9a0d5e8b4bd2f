// A JSON schema as fields to fill in, and the changes that a field makes to the schema's text. What is not changed stays
// in the text as it was written; what has no field here is "custom".
import { itemAdded, memberOf, memberSet, partRemoved, readJson, replaced, spliced, valueOf } from "./jsonplaces.js";

/** What a field can be: [type, name]. */
export const TYPES = [
  ["string", "Text"],
  ["integer", "Whole number"],
  ["number", "Number"],
  ["boolean", "True or false"],
  ["enum", "One of"],
  ["object", "Object"],
  ["array", "List"],
  ["null", "Null"],
  ["any", "Anything"],
];

/** What the options of a "one of" can be: [type, name]. */
export const OPTION_TYPES = [
  ["string", "texts"],
  ["integer", "whole numbers"],
  ["number", "numbers"],
];

const CUSTOM = ["$ref", "$dynamicRef", "anyOf", "oneOf", "allOf", "not", "if", "const", "prefixItems", "patternProperties"];
const SHOWN = new Set(["type", "description", "enum", "properties", "required", "items", "additionalProperties", "title", "$schema", "$defs", "definitions"]);

/** The type of a schema's node as the builder shows it; "custom" for what it has no fields for. */
export function typeOf(text, node) {
  if (node.kind !== "object" || CUSTOM.some((name) => memberOf(node, name))) return "custom";
  if (memberOf(node, "enum")) return optionType(node) ? "enum" : "custom";
  const type = memberOf(node, "type") ? memberOf(node, "type").value.value : untyped(node);
  if (type === "object") return fieldsNode(node)?.kind === "object" || !memberOf(node, "properties") ? "object" : "custom";
  if (type === "array") return (memberOf(node, "items")?.value.kind ?? "object") === "object" ? "array" : "custom";
  return TYPES.some(([known]) => known === type) ? type : "custom";
}

/** What a schema without a type is about: an object that has properties, a list that has items, else anything. */
const untyped = (node) => (memberOf(node, "properties") ? "object" : memberOf(node, "items") ? "array" : "any");

/** What the options of an enum are, one of OPTION_TYPES; null for a mixture, or where the schema's type is another. */
export function optionType(node) {
  const items = memberOf(node, "enum").value.items ?? [null];
  const kinds = new Set(items.map((item) => item?.kind));
  const type = memberOf(node, "type") ? memberOf(node, "type").value.value : kinds.has("number") ? "number" : "string";
  const kind = type === "integer" ? "number" : type;
  return OPTION_TYPES.some(([known]) => known === type) && [...kinds].every((one) => one === kind) ? type : null;
}

/** The keywords of a schema that have no field here, such as minLength. */
export const otherKeywords = (node) => (node.members ?? []).map(({ key }) => key).filter((key) => !SHOWN.has(key));

const fieldsNode = (node) => memberOf(node, "properties")?.value ?? null;

const requiredOf = (text, node) => {
  const there = memberOf(node, "required")?.value;
  return there?.kind === "array" ? valueOf(text, there) : [];
};

/** The fields of an object's schema: [{ name, node, required, description }]. */
export function fieldsOf(text, node) {
  const required = requiredOf(text, node);
  return (fieldsNode(node)?.members ?? []).map(({ key, value }) => ({ name: key, node: value, required: required.includes(key) }));
}

export const descriptionOf = (node) => memberOf(node, "description")?.value.value ?? "";

/** The options of an enum as they are shown: texts bare, numbers as they are written. */
export const optionsOf = (node) => memberOf(node, "enum").value.items.map(({ value, source }) => source ?? value);
export const itemsOf = (node) => memberOf(node, "items")?.value ?? null;

/** Names that several fields of an object have. */
export const twiceIn = (fields) => [...new Set(fields.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index))];

// --- changes: each gives the whole text anew ---------------------------------------------------------

const FRESH = {
  enum: { type: "string", enum: ["one", "other"] },
  object: { type: "object", properties: {}, required: [], additionalProperties: false },
  array: { type: "array", items: { type: "string" } },
  any: {},
};

const written = (value, node, text) => JSON.stringify(value, null, 2).replaceAll("\n", `\n${indentAt(text, node)}`);

const indentAt = (text, node) => /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", node.start - 1) + 1))[0];

/** Another type: what belonged to the type before goes, the description stays. */
export function setType(text, node, type) {
  const description = descriptionOf(node);
  const value = { ...(FRESH[type] ?? { type }), ...(description ? { description } : {}) };
  return spliced(text, [replaced(node, written(value, node, text))]);
}

/** A description; an empty one is taken out. */
export function setDescription(text, node, description) {
  const index = node.members.findLastIndex(({ key }) => key === "description");
  if (description) return spliced(text, [memberSet(text, node, "description", JSON.stringify(description))]);
  return index < 0 ? text : spliced(text, [partRemoved(node, index)]);
}

/** The options anew, as they are shown; each must be one (isOption). */
export const setOptions = (text, node, options) => spliced(text, [replaced(memberOf(node, "enum").value, optionsText(options, optionType(node)))]);

const optionsText = (options, type) => `[${options.map((option) => (type === "string" ? JSON.stringify(option) : option)).join(", ")}]`;

/** Whether a text that was typed is an option of this type. */
export function isOption(type, typed) {
  const { node } = readJson(typed);
  return type === "string" || (node?.kind === "number" && (type === "number" || Number.isInteger(node.value)));
}

/** A further option to start from. */
export const freshOption = (node) =>
  optionType(node) === "string" ? "" : String(Math.max(0, ...optionsOf(node).map((option) => Math.floor(Number(option)))) + 1);

/** Options of another type: those that can be stay. */
export function setOptionType(text, node, type) {
  const options = optionsOf(node).filter((option) => isOption(type, option));
  const edits = [replaced(memberOf(node, "enum").value, optionsText(options.length ? options : ["1", "2"], type))];
  const there = memberOf(node, "type")?.value;
  return spliced(text, there ? [...edits, replaced(there, JSON.stringify(type))] : [...edits, memberSet(text, node, "type", JSON.stringify(type))]);
}

function requiredEdit(text, node, names) {
  return memberSet(text, node, "required", JSON.stringify(names));
}

export function setRequired(text, node, name, on) {
  const rest = requiredOf(text, node).filter((other) => other !== name);
  return spliced(text, [requiredEdit(text, node, on ? [...rest, name] : rest)]);
}

/** A field of another name, as required as before. */
export function renameField(text, node, index, name) {
  const { key, keyStart, keyEnd } = fieldsNode(node).members[index];
  const required = requiredOf(text, node);
  const edits = [{ start: keyStart, end: keyEnd, put: JSON.stringify(name) }];
  const alone = fieldsOf(text, node).filter((field) => field.name === key).length === 1;
  if (required.includes(key) && alone) edits.push(requiredEdit(text, node, [...new Set(required.map((other) => (other === key ? name : other)))]));
  return spliced(text, edits);
}

export function removeField(text, node, index) {
  const { key } = fieldsNode(node).members[index];
  const required = requiredOf(text, node);
  const edits = [partRemoved(fieldsNode(node), index)];
  const alone = fieldsOf(text, node).filter((field) => field.name === key).length === 1;
  if (required.includes(key) && alone) edits.push(requiredEdit(text, node, required.filter((other) => other !== key)));
  return spliced(text, edits);
}

/** A further text field, required, of a name that is free: this noun and a number. */
export function addField(text, node, noun = "field") {
  const names = fieldsOf(text, node).map((field) => field.name);
  let count = names.length + 1;
  while (names.includes(`${noun}_${count}`)) count += 1;
  const name = `${noun}_${count}`;
  const field = '{\n  "type": "string"\n}';
  const properties = fieldsNode(node);
  const required = memberOf(node, "required")?.value;
  if (!properties) {
    const value = { ...valueOf(text, node), properties: { [name]: { type: "string" } }, required: [...requiredOf(text, node), name] };
    return spliced(text, [replaced(node, written(value, node, text))]);
  }
  const put = text.includes("\n") ? field : '{"type": "string"}';
  const named = required?.kind === "array" ? itemAdded(text, required, JSON.stringify(name)) : requiredEdit(text, node, [name]);
  return spliced(text, [memberSet(text, properties, name, put), named]);
}

/** A list's items, where the schema says nothing of them yet. */
export const addItems = (text, node) => spliced(text, [memberSet(text, node, "items", '{"type": "string"}')]);
