// What differs between two texts, word by word.
import { diffArrays } from "../vendor/diff.mjs";

// Time grows with the square of the edits: past the first number lines are compared, past the second nothing is.
const MOST_WORD_EDITS = 2000;
const MOST_LINE_EDITS = 1000;
const CHUNKS = /\s+|\S{1,500}/gu; // in some engines the segmenter is slow on long texts

/** A text as `[word, blanks after it]` pairs. Words as Unicode has them: Chinese, Japanese and Thai have some too. */
function wordsOf(text) {
  const segmenter = new Intl.Segmenter("und", { granularity: "word" });
  const pairs = [];
  for (const chunk of text.match(CHUNKS) ?? []) {
    if (/^\w+$/.test(chunk)) pairs.push([chunk, ""]);
    else if (/\S/.test(chunk)) for (const { segment } of segmenter.segment(chunk)) pairs.push([segment, ""]);
    else if (pairs.length) pairs.at(-1)[1] = chunk;
    else pairs.push(["", chunk]);
  }
  return pairs;
}

const linesOf = (text) => (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line) => [line, ""]);

/**
 * `[{ kind: "same" | "gone" | "new", text }]`, no text empty: "same" and "gone" make `before`, "same" and "new" make
 * `after`, to the character. Where something changed, "gone" comes first. Words are the same whatever blanks follow
 * them. Long texts that share little are compared by lines, or not at all: then one is gone and the other new.
 */
export function wordDiff(before, after) {
  const runs = runsOf(before, after, MOST_WORD_EDITS) ?? compare(linesOf(before), linesOf(after), MOST_LINE_EDITS);
  return partsOf(runs ?? [{ same: "", gone: before, fresh: after }]);
}

/** The same of texts that are at most `mostEdits` words apart; null of others. */
export function closeWordDiff(before, after, mostEdits) {
  const runs = runsOf(before, after, mostEdits);
  return runs && partsOf(runs);
}

const runsOf = (before, after, mostEdits) => compare(wordsOf(before), wordsOf(after), mostEdits);

/** Two lists of pairs as runs of what is the same, then what is gone and what is new after it; null: too many edits. */
function compare(before, after, maxEditLength) {
  const changes = diffArrays(before, after, { maxEditLength, comparator: ([left], [right]) => left === right });
  if (!changes) return null;
  const runs = [{ same: "", gone: "", fresh: "" }];
  let at = 0; // in `before`, of which a change does not say where it stands
  for (const { added, removed, value } of changes) {
    if (added) runs.at(-1).fresh += value.flat().join("");
    else if (removed) runs.at(-1).gone += value.flat().join("");
    else value.forEach((pair, index) => addSame(runs, before[at + index], pair));
    if (!added) at += value.length;
  }
  return runs;
}

/** One word that both have, and the blanks after it as far as they begin alike. */
function addSame(runs, [word, gone], [, fresh]) {
  if (runs.at(-1).gone || runs.at(-1).fresh) runs.push({ same: "", gone: "", fresh: "" });
  let alike = 0;
  while (alike < gone.length && gone[alike] === fresh[alike]) alike += 1;
  runs.at(-1).same += word + gone.slice(0, alike);
  Object.assign(runs.at(-1), { gone: gone.slice(alike), fresh: fresh.slice(alike) });
}

const partsOf = (runs) =>
  runs.flatMap(({ same, gone, fresh }) =>
    [
      { kind: "same", text: same },
      { kind: "gone", text: gone },
      { kind: "new", text: fresh },
    ].filter(({ text }) => text),
  );
