// Whether an answer is what its request asked for.
import { notJson, readJson } from "./jsonplaces.js";
import { constraintOf } from "./responseformat.js";
import { mistakes } from "./schemacheck.js";

/**
 * The judgement of an answer's text: { verdict: "valid" | "invalid" | "unchecked", said, errors } or null where its
 * request had no format. `errors` are [{ path, message }]. A pattern may take for ever: only a worker can be ended.
 */
export function checkReply(format, text) {
  const constraint = constraintOf(format);
  return constraint && { errors: [], ...CHECKS[constraint.kind](text, constraint) };
}

/**
 * What is known of such an answer without a check: { node, cut }, its JSON (jsonplaces.js) where JSON was asked for and
 * came, and whether it ends before its JSON does; null where its request had no format.
 */
export function readReply(format, text) {
  const constraint = constraintOf(format);
  const asJson = constraint?.kind === "json" || constraint?.kind === "schema";
  if (!constraint) return null;
  const { node = null, at } = asJson ? readJson(text) : {};
  return { node, cut: at >= text.length };
}

/** What is said of an answer without the verdict of a check. */
export const NO_VERDICT = {
  waiting: { ...unchecked("Checking…"), verdict: "waiting", errors: [] },
  late: { ...unchecked("Took too long to check"), errors: [] },
  lost: { ...unchecked("Could not be checked: the page's scripts did not come"), errors: [] },
};

const CHECKS = {
  json: (text) => asJson(text, (node) => (node.kind === "object" ? valid("Valid JSON") : invalid("JSON, but no object"))),
  schema: (text, { schema }) => asJson(text, () => bySchema(schema, JSON.parse(text))),
  regex: byPattern,
  choice: (text, { choices }) => (choices.includes(text) ? valid("One of the choices") : invalid("None of the choices")),
  grammar: () => unchecked("Grammars are not checked here"),
  unknown: () => unchecked("This response format is not checked here"),
};

const valid = (said) => ({ verdict: "valid", said });
const invalid = (said, errors = []) => ({ verdict: "invalid", said, errors });

function asJson(text, judge) {
  const { node } = readJson(text);
  return node ? judge(node) : invalid(notJson(text));
}

function bySchema(schema, value) {
  const { errors, unable } = mistakes(schema, value);
  if (unable) return unchecked(`This schema can't be checked here: ${unable}`);
  return errors.length ? invalid(`Does not follow the schema: ${errors.length === 1 ? "1 place" : `${errors.length} places`}`, errors) : valid("Follows the schema");
}

function byPattern(text, { pattern }) {
  let whole;
  try {
    whole = new RegExp(`^(?:${pattern})$`, "us");
  } catch {
    return unchecked("This pattern is of a dialect that is not checked here");
  }
  return whole.test(text) ? valid("Matches the pattern") : invalid("Does not match the pattern");
}

function unchecked(said) {
  return { verdict: "unchecked", said };
}
