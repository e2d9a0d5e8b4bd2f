// Code as lines: coloured pieces cut at the line ends, and the lines in which several panes' codes differ.
import { diffArrays } from "../vendor/diff.mjs";

const MOST_EDITS = 2000; // time grows with their square; past them lines are looked up, wherever they stand

/** The lines of `[[kind, text], ...]`: { pieces, end }, the end being "\n" or, of a last line without one, "". */
export function linesOf(pieces) {
  const lines = [{ pieces: [], end: "" }];
  for (const [kind, text] of pieces) {
    text.split("\n").forEach((part, index) => {
      if (index) {
        lines.at(-1).end = "\n";
        lines.push({ pieces: [], end: "" });
      }
      if (part) lines.at(-1).pieces.push([kind, part]);
    });
  }
  if (!lines.at(-1).pieces.length) lines.pop();
  return lines;
}

export const textOfLine = ({ pieces, end }) => pieces.map(([, text]) => text).join("") + end;

/** For each of these lists of lines, the set of places whose line some other list does not have there. */
export function differing(lists) {
  const marks = lists.map(() => new Set());
  lists.forEach((left, one) => {
    for (let other = one + 1; other < lists.length; other += 1) mark(left, lists[other], marks[one], marks[other]);
  });
  return marks;
}

function mark(left, right, leftMarks, rightMarks) {
  const changes = diffArrays(left, right, { maxEditLength: MOST_EDITS });
  if (!changes) return markMissing(left, right, leftMarks, rightMarks);
  let [at, there] = [0, 0];
  for (const { added, removed, value } of changes) {
    for (let index = 0; index < value.length; index += 1) {
      if (removed) leftMarks.add(at + index);
      if (added) rightMarks.add(there + index);
    }
    if (!added) at += value.length;
    if (!removed) there += value.length;
  }
}

function markMissing(left, right, leftMarks, rightMarks) {
  const [known, others] = [new Set(left), new Set(right)];
  left.forEach((line, index) => others.has(line) || leftMarks.add(index));
  right.forEach((line, index) => known.has(line) || rightMarks.add(index));
}
