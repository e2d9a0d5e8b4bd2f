// The arguments of a call against the schema of its tool.
import { objectProblem } from "./jsontext.js";
import { mistakes, pathText } from "./schemacheck.js";

/**
 * { state: "json" | "unknown" | "wrong" | "right", problems: [text] }; `tool` is null where the request has none of that
 * name. A pattern in the schema may take for ever: only a worker can be ended.
 */
export function checkArguments(text, tool) {
  const problem = objectProblem(text);
  if (problem) return { state: "json", problems: [problem] };
  const schema = tool?.function.parameters;
  if (!schema) return { state: tool ? "right" : "unknown", problems: [] };
  const { errors, unable } = mistakes(schema, JSON.parse(text));
  if (unable) return unknown(`The tool's schema can't be used: ${unable}`);
  const problems = errors.map(({ path, message }) => (path.length ? `${pathText(path)}: ${message}` : message));
  return { state: problems.length ? "wrong" : "right", problems };
}

/** What is said of arguments without the verdict of a check. */
export const NO_VERDICT = {
  late: unknown("The arguments took too long to check"),
  lost: unknown("The arguments could not be checked: the page's scripts did not come"),
};

function unknown(problem) {
  return { state: "unknown", problems: [problem] };
}
