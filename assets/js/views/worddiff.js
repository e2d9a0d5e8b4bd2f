// Two texts as one, their differences marked word by word.
import { html, useRef } from "../dom.js";
import { wordDiff } from "../document/worddiff.js";

const TAGS = { gone: "del", new: "ins" };

/** Two texts as one: what is gone struck out, what is new underlined, and both said to screen readers. */
export function Differences({ before, after }) {
  const kept = useRef({});
  if (kept.current.before !== before || kept.current.after !== after) {
    kept.current = { before, after, parts: wordDiff(before, after) };
  }
  return html`<p class="word-differences">
    ${kept.current.parts.map(({ kind, text }) =>
      kind === "same" ? text : html`<${TAGS[kind]} class=${blankClass(text)}>${text}<//>`,
    )}
  </p>`;
}

/** Changed blanks and line ends can't be seen by themselves: the stylesheet draws a sign for them. */
const blankClass = (text) => (text.trim() ? null : text.includes("\n") ? "line-end" : "blank");
