// Every character as it was typed or pasted. A text field shows each kind of line end as \n; the text that is
// kept and sent has them as they came.
import { sameEnd, sameStart } from "./sametext.js";

/** The text as a text field shows it. */
export const shown = (text) => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text);

/**
 * The kept text after its field has come to show `after`. `caret` is where the caret then stands, `pasted` the
 * text that was pasted just now, if any, with its own line ends.
 */
export function kept(text, after, caret = after.length, pasted = null) {
  const before = shown(text);
  if (before === after) return text;
  const paste = pasted === null ? null : shown(pasted);
  if (before === text && (paste === null || paste === pasted)) return after;
  const end = Math.max(0, Math.min(sameEnd(before, after), after.length - caret));
  let start = sameStart(before, after, end);
  let put = after.slice(start, after.length - end);
  const from = after.length - end - (paste?.length ?? 0);
  if (paste !== null && from >= 0 && after.slice(from, after.length - end) === paste && before.startsWith(after.slice(0, from))) {
    start = from;
    put = pasted;
  }
  return joined(joined(text.slice(0, placeIn(text, start)), put), text.slice(placeIn(text, before.length - end)));
}

/** Two texts in a row; a line end that begins the second must not become one with a lone \r before it. */
const joined = (one, other) => one + (one.endsWith("\r") && other.startsWith("\n") ? `\r${other.slice(1)}` : other);

/** Where the character `index` of the shown text stands in the kept one. */
function placeIn(text, index) {
  if (!text.includes("\r")) return index;
  let place = 0;
  for (let count = 0; count < index; count += 1) place += text[place] === "\r" && text[place + 1] === "\n" ? 2 : 1;
  return place;
}

const LONGEST_LINE = 100_000;

/**
 * Whether a line is so long that the browser must not look for its direction: the time for that grows with the square of
 * the length, in Chromium seconds for a million characters.
 */
export function hasEndlessLine(text) {
  let start = 0;
  while (text.length - start > LONGEST_LINE) {
    const end = text.indexOf("\n", start);
    if (end < 0 || end - start > LONGEST_LINE) return true;
    start = end + 1;
  }
  return false;
}

/** What kind of line ends the text has besides \n: "CRLF", "CR", or null. */
export const lineEnds = (text) => (!text.includes("\r") ? null : text.includes("\r\n") ? "CRLF" : "CR");

/**
 * Where the caret goes when a text changes under it (undo, redo, another pane): to the end of the change. Where
 * several ends would explain the change ("a a" from "a a a"), to the one that the caret moves to by itself.
 */
export function caretAfter(before, after, caret) {
  const grown = after.length - before.length;
  const first = after.length - sameEnd(before, after);
  const last = Math.max(first, sameStart(before, after) + Math.max(0, grown));
  return Math.min(Math.max(caret + grown, first), last);
}
