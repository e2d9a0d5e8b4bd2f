// What tools gave back. A result may be any text, so that of JSON gone wrong no more than a hint is made.
import { notJson } from "./jsonplaces.js";

/** A hint where a text begins as JSON does and is none, or null. */
export function brokenJson(text) {
  const problem = /^\s*[[{]/.test(text) ? notJson(text) : null;
  return problem && `${problem}.`;
}
