// The arguments of a call against the schema of its tool. `validate(schema, value)` gives [{ path, message }].
import { objectProblem } from "./jsontext.js";

/** { state: "json" | "unknown" | "wrong" | "right", problems: [text] }; `tool` is null where the request has none of that name. */
export function checkArguments(text, tool, validate) {
  const problem = objectProblem(text);
  if (problem) return { state: "json", problems: [problem] };
  if (!tool) return { state: "unknown", problems: [] };
  const schema = tool.function.parameters;
  if (!schema) return { state: "right", problems: [] };
  try {
    const problems = validate(schema, JSON.parse(text)).map(({ path, message }) => (path ? `${path}: ${message}` : message));
    return { state: problems.length ? "wrong" : "right", problems };
  } catch (error) {
    return { state: "unknown", problems: [`The tool's schema can't be used: ${error.message}`] };
  }
}

/** The errors of @cfworker/json-schema as a person needs them: the innermost, each place once. */
export function plainErrors(errors) {
  const leaves = errors.filter(({ keyword }) => !GROUPS.has(keyword));
  const seen = new Map();
  for (const { instanceLocation, error } of leaves.length ? leaves : errors) {
    const path = instanceLocation.replace(/^#\/?/, "").replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~");
    if (!seen.has(path)) seen.set(path, error.replace(/^Instance (type )?/, (_, kind) => (kind ? "type " : "it ")));
  }
  return [...seen].map(([path, message]) => ({ path, message }));
}

const GROUPS = new Set(["properties", "items", "prefixItems", "allOf", "$ref", "patternProperties", "additionalProperties"]);
