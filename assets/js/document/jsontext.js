// JSON as text: indented for reading without touching a value (JavaScript would round large integers and 1.0).

/** The JSON text indented by two blanks; a text that is no JSON stays as it is. */
export function indented(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let out = "";
  let depth = 0;
  let before = ""; // the token before: an empty object or list stays on its line
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of text.matchAll(TOKEN)) {
    const opened = before === "{" || before === "[";
    if (token === "}" || token === "]") {
      depth -= 1;
      out += opened ? token : line() + token;
    } else if (token === ":") out += ": ";
    else if (token === ",") out += token + line();
    else out += opened ? line() + token : token;
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return out;
}

/** What is wrong with a text that should be JSON, or null. */
export function jsonProblem(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return `Not JSON yet: ${error.message}`;
  }
}

/** What is wrong with a text that should be a JSON object, or null. */
export function objectProblem(text) {
  const problem = jsonProblem(text);
  if (problem) return problem;
  return isObject(JSON.parse(text)) ? null : "A JSON object, in braces";
}

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
