// What tools gave back. A result may be any text, so that of JSON gone wrong no more than a hint is made.
import { placedProblem } from "./jsonplaces.js";

/** A hint where a text begins as JSON does and is none, or null. */
export function brokenJson(text) {
  const problem = /^\s*[[{]/.test(text) ? placedProblem(text) : null;
  return problem && `Not JSON: ${problem[0].toLowerCase()}${problem.slice(1)}.`;
}
