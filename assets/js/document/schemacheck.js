// Checks by JSON schema: of a schema while it is typed, and of an answer.
import { Validator } from "../vendor/json-schema.mjs";
import { nodeAt, placedProblem, placeText, readJson, valueOf } from "./jsonplaces.js";

const COUNT = { type: "integer", minimum: 0 };
const SCHEMA = { $ref: "#" };
const NAMED = { type: "object", additionalProperties: SCHEMA };
const NAMES = { type: "array", items: { type: "string" } };
const MANY = { type: "array", minItems: 1, items: SCHEMA };
const KINDS = ["array", "boolean", "integer", "null", "number", "object", "string"];
const UNKNOWN_TYPE = `must be one of ${KINDS.join(", ")}, or a list of these`;
const of = (names, schema) => Object.fromEntries(names.split(" ").map((name) => [name, schema]));

/** What a schema must be: the vocabularies of draft 2020-12 (and what is left of draft 7) in one. */
const META = () => ({
  type: ["object", "boolean"],
  properties: {
    type: { anyOf: [{ enum: KINDS }, { type: "array", items: { enum: KINDS }, minItems: 1 }] },
    enum: { type: "array", minItems: 1 },
    items: { anyOf: [{ ...SCHEMA }, { type: "array", items: { ...SCHEMA } }] },
    pattern: { type: "string", format: "regex" },
    multipleOf: { type: "number", exclusiveMinimum: 0 },
    patternProperties: { ...NAMED, propertyNames: { format: "regex" } },
    dependentRequired: { type: "object", additionalProperties: NAMES },
    ...of("$ref $id $schema $anchor $comment title description format", { type: "string" }),
    ...of("$defs definitions properties dependentSchemas", NAMED),
    ...of("additionalProperties propertyNames contains not if then else unevaluatedItems unevaluatedProperties", SCHEMA),
    ...of("allOf anyOf oneOf prefixItems", MANY),
    ...of("minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains", COUNT),
    ...of("minimum maximum exclusiveMinimum exclusiveMaximum", { type: "number" }),
    uniqueItems: { type: "boolean" },
    required: NAMES,
  },
});

/**
 * What is wrong with a schema as text, as sentences with their places; none if it is a schema. `at` is the path to the
 * schema in a text that holds more; where nothing is, nothing is wrong.
 */
export function schemaProblems(text, at = []) {
  const known = `${at.join("/")} ${text}`;
  if (told.has(known)) return told.get(known);
  const problems = judged(text, at);
  if (told.size >= KEPT) told.delete(told.keys().next().value);
  told.set(known, problems);
  return problems;
}

const KEPT = 16; // texts; the same few are asked about at every draw of the page
const told = new Map();

function judged(text, at) {
  const problem = placedProblem(text);
  if (problem) return [problem];
  const schema = nodeAt(readJson(text).node, at);
  if (!schema) return [];
  const place = (path) => placeText(text, (nodeAt(schema, path) ?? schema).start);
  const wrong = mistakesBy(metaValidator(), valueOf(text, schema)).errors;
  return wrong.map(({ path, message }) => `${place(path)}, ${pathText(path)}: ${path.at(-1) === "type" ? UNKNOWN_TYPE : message}`);
}

// The validator writes into the schema that it is given, and can't be given one object in two places.
const metaValidator = () => (meta ??= new Validator(JSON.parse(JSON.stringify(META())), "2020-12", false));
let meta = null;

const DRAFTS = { "draft-04": "4", "draft-07": "7", "2019-09": "2019-09" };

const draftOf = ({ $schema }) => Object.entries(DRAFTS).find(([mark]) => typeof $schema === "string" && $schema.includes(mark))?.[1] ?? "2020-12";

/**
 * Where a value is not what the schema asks: { errors: [{ path, message }] }; none for a valid one. `unable` says why it
 * could not be checked (a reference that leads nowhere, a pattern of another dialect).
 */
export function mistakes(schema, value) {
  if (typeof schema === "boolean") return { errors: schema ? [] : [{ path: [], message: "nothing is valid here" }] };
  try {
    return mistakesBy(new Validator(schema, draftOf(schema), false), value);
  } catch (error) {
    return { unable: error.message.split(/\.? {2}|\n/)[0] };
  }
}

function mistakesBy(validator, value) {
  const found = validator.validate(value).errors;
  const said = new Set();
  const errors = telling(found).map(({ instanceLocation, keyword, error }) => ({ path: pathOf(instanceLocation), message: MESSAGES[keyword] ?? plain(error) }));
  return { errors: errors.filter((one) => !said.has(JSON.stringify(one)) && said.add(JSON.stringify(one))) };
}

const MESSAGES = { false: "is not allowed here", additionalProperties: "is not allowed here" };
const CHOICES = ["anyOf", "oneOf", "not"];

/** The validator's messages in the page's words. */
const plain = (error) =>
  error
    .replace(/^Instance type "(\w+)" is invalid\. Expected "(.+)"\.$/, (_, is, asked) => `is ${is}, must be ${asked.replaceAll('", "', " or ")}`)
    .replace(/^Instance does not have required property "(.*)"\.$/s, (_, name) => `${JSON.stringify(name)} is missing`)
    .replace(/^Instance does not match any of (\[.*\])\.$/s, (_, list) => `must be one of ${list}`)
    .replace(/^Instance does not match any subschemas\.$/, "fits none of the alternatives")
    .replace(/^Instance does not match (.*)\.$/s, "must be $1")
    .replace(/^String does not match format "regex"\.$/, "is no regular expression that this browser knows")
    .replace(/\.$/, "");

/** Of the errors those that tell something: not "a property has errors", and a choice as one rather than all its ways. */
function telling(errors) {
  const within = (one, other) => one !== other && one.keywordLocation.startsWith(`${other.keywordLocation}/`);
  const choices = errors.filter(({ keyword }) => CHOICES.includes(keyword));
  const outer = errors.filter((one) => !choices.some((choice) => within(one, choice)));
  return outer.filter((one) => !WRAPPERS.has(one.keyword) || !outer.some((other) => other !== one && inside(other, one)));
}

const WRAPPERS = new Set(["properties", "patternProperties", "additionalProperties", "items", "prefixItems", "additionalItems", "$ref", "$recursiveRef", "allOf", "if", "then", "else", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "propertyNames"]);

const inside = (other, one) => other.instanceLocation.startsWith(one.instanceLocation) && !WRAPPERS.has(other.keyword);

const pathOf = (pointer) =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => decodeURI(step).replaceAll("~1", "/").replaceAll("~0", "~"));

/** A path for reading: people[0].name; the whole for the empty one. */
export const pathText = (path) =>
  path.reduce((said, step) => (/^\d+$/.test(step) ? `${said}[${step}]` : /^[\w$-]+$/.test(step) ? `${said}${said && "."}${step}` : `${said}[${JSON.stringify(step)}]`), "") ||
  "the whole";
