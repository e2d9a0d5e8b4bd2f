// Code as lines: coloured pieces cut at the line ends, and the lines in which several panes' codes differ.
import { diffArrays } from "../vendor/diff.mjs";
import { closeWordDiff } from "./worddiff.js";

const MOST_EDITS = 2000; // time grows with their square; past them lines are looked up, wherever they stand
const MOST_WORDS = 200; // likewise; lines that are further apart are marked as a whole
const MOST_COMPARED = 8000; // characters of the lines at one place

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

const MOST_LINES = 20_000;
const ENDLESS = 40_000; // characters
const RUN = /[^]{1,4000}(?:\s|$)|[^]{1,4000}/gu;

/** Whether code has more lines than are laid out and compared one by one. */
export const isVast = (lines) => lines.length > MOST_LINES;

/**
 * The text of a piece in parts, to be laid out one by one if it is very long: where the font lacks a script, the time for
 * a line grows with the square of its words, in Chromium to a minute for 500,000 characters.
 */
export const runsOf = (text) => (text.length > ENDLESS ? text.match(RUN) : [text]);

export const textOfLine = ({ pieces, end }) => pieces.map(([, text]) => text).join("") + end;

const MOST_INDENT = 14;

/** How far in the rest of a line begins that goes on below: two columns further in than its first word, up to a point. */
export function indentOf(pieces) {
  const [blanks] = /^[ \t]*/.exec(pieces[0]?.[1] ?? "");
  return Math.min(blanks.replaceAll("\t", "    ").length + 2, MOST_INDENT);
}

/**
 * Where these lists of lines differ: for each a map from the places whose line some other list does not have there to the
 * words in it that differ, [[from, to], ...] by its characters; null where they share none with the other list's lines.
 * `compare(before, after)` is closeWords, or gives what it gave.
 */
export function differing(lists, compare = closeWords) {
  const marks = lists.map(() => new Map());
  lists.forEach((left, one) => {
    for (let other = one + 1; other < lists.length; other += 1) {
      for (const hunk of hunksOf(left, lists[other])) markHunk(hunk, marks[one], marks[other], compare);
    }
  });
  return marks;
}

/** Two texts as wordDiff tells them, or null if they have little in common. */
export const closeWords = (before, after) => closeWordDiff(before, after, MOST_WORDS);

/** The places where two lists differ: [{ gone, fresh }], each [[place, line], ...]. */
function hunksOf(left, right) {
  const changes = diffArrays(left, right, { maxEditLength: MOST_EDITS });
  if (!changes) return [{ gone: missingIn(right, left), fresh: missingIn(left, right), loose: true }];
  const hunks = [{ gone: [], fresh: [] }];
  let [at, there] = [0, 0];
  for (const { added, removed, value } of changes) {
    if (!added && !removed) hunks.push({ gone: [], fresh: [] });
    if (removed) value.forEach((line, index) => hunks.at(-1).gone.push([at + index, line]));
    if (added) value.forEach((line, index) => hunks.at(-1).fresh.push([there + index, line]));
    if (!added) at += value.length;
    if (!removed) there += value.length;
  }
  return hunks;
}

/** What of a list another one has nowhere. */
function missingIn(other, list) {
  const known = new Set(other);
  return [...list.entries()].filter(([, line]) => !known.has(line));
}

function markHunk({ gone, fresh, loose }, leftMarks, rightMarks, compare) {
  const [left, right] = [gone, fresh].map((side) => side.map(([, line]) => line).join(""));
  const near = !loose && left && right && Math.max(left.length, right.length) <= MOST_COMPARED;
  const parts = (near && compare(left, right)) || null;
  markLines(gone, parts, "gone", leftMarks);
  markLines(fresh, parts, "new", rightMarks);
}

/** Mark one side of a hunk: of its lines the words that only this side has. */
function markLines(side, parts, kind, marks) {
  const spans = parts && spansOf(parts, kind);
  let start = 0;
  for (const [place, line] of side) {
    const words = spans && within(spans, start, line.replace(/\n$/, "").length);
    const before = marks.has(place) ? marks.get(place) : [];
    marks.set(place, before && words && sharesWords(line, words) ? merged([...before, ...words]) : null);
    start += line.length;
  }
}

/** Of these spans what lies in the `length` characters from `start`. */
const within = (spans, start, length) =>
  spans.map(([from, to]) => [Math.max(from - start, 0), Math.min(to - start, length)]).filter(([from, to]) => from < to);

/** Whether any letter or digit is left of a line without these words. */
const sharesWords = (line, words) =>
  /[\p{L}\p{N}]/u.test(words.reduceRight((rest, [from, to]) => rest.slice(0, from) + rest.slice(to), line));

/** Where the parts of this kind stand in the text that they and the same ones make, without the blanks after words. */
function spansOf(parts, kind) {
  const spans = [];
  let at = 0;
  for (const { kind: own, text } of parts) {
    if (own === kind) spans.push([at, at + (text.trimEnd().length || text.length)]);
    if (own === kind || own === "same") at += text.length;
  }
  return spans;
}

function merged(spans) {
  const apart = [];
  for (const [from, to] of spans.sort(([one], [other]) => one - other)) {
    if (from <= apart.at(-1)?.[1]) apart.at(-1)[1] = Math.max(apart.at(-1)[1], to);
    else apart.push([from, to]);
  }
  return apart;
}

/** The pieces of a line cut where these words begin and end: [[kind, text, whether in a word], ...]. */
export function cutAt(pieces, words) {
  const ends = words.flat();
  const cut = [];
  let at = 0;
  for (const [kind, text] of pieces) {
    const inside = ends.filter((end) => end > at && end < at + text.length).map((end) => end - at);
    const bounds = [0, ...inside, text.length];
    bounds.slice(1).forEach((to, index) => {
      const from = bounds[index];
      cut.push([kind, text.slice(from, to), words.some(([start, end]) => start <= at + from && at + to <= end)]);
    });
    at += text.length;
  }
  return cut;
}
