// Formulas in Markdown, for markdown-it: $…$ and \(…\) within a line, $$…$$ and \[…\] set apart.
// Rules of our own: @mdit/plugin-tex takes seconds for openers without an end, takes "$HOME:$PATH" for a formula, and
// sees neither $$…$$ nor \[…\] within a paragraph.

const LONGEST = 4000; // characters of a formula: an opener is given up that far on, so that many openers stay cheap
const CLOSERS = { $$: "$$", $: "$", "\\(": "\\)", "\\[": "\\]" };
const OPENERS = Object.keys(CLOSERS); // in this order: "$$" is not two "$"
const WORD = /[A-Za-z0-9_$]/;

const isDisplay = (opener) => opener === "$$" || opener === "\\[";

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text, at) {
  let first = at;
  while (text[first - 1] === "\\") first -= 1;
  return (at - first) % 2 === 1;
}

/** Where `closer` stands in `text`, not escaped, or -1. */
function find(text, closer) {
  let at = text.indexOf(closer);
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf(closer, at + 1);
  return at;
}

/** A single dollar is money unless both stand close to the formula and apart from other words, on one line. */
const isMoney = (tex, before, after) => /^\s|\s$|\n/.test(tex) || WORD.test(before) || WORD.test(after);

/** The formula that begins at `start` of `text`: its TeX, delimiter and end, or null. */
export function formulaAt(text, start) {
  const opener = OPENERS.find((candidate) => text.startsWith(candidate, start));
  if (!opener) return null;
  const from = start + opener.length;
  const length = find(text.slice(from, from + LONGEST), CLOSERS[opener]);
  if (length < 0) return null;
  const tex = text.slice(from, from + length);
  const end = from + length + CLOSERS[opener].length;
  if (!tex.trim() || (opener === "$" && isMoney(tex, text[start - 1] ?? " ", text[end] ?? " "))) return null;
  return { tex, opener, end };
}

function inline(state, silent) {
  if (!"$\\".includes(state.src[state.pos])) return false;
  const found = formulaAt(state.src, state.pos);
  if (!found || found.end > state.posMax) return false;
  if (!silent) push(state, found);
  state.pos = found.end;
  return true;
}

/**
 * A formula on lines of its own. Its lines are not Markdown ("- b" is no list), there is no blank one among them, and
 * the last ends with the closer; where a text, a quote or a list is cut off, it may be missing.
 */
function block(state, first, last, silent) {
  if (state.sCount[first] - state.blkIndent >= 4) return false;
  const opener = OPENERS.find((candidate) => isDisplay(candidate) && lineOf(state, first).startsWith(candidate));
  const found = opener && blockAt(state, first, last, opener);
  if (!found) return false;
  if (silent) return true;
  state.line = found.next;
  push(state, { ...found, opener }).map = [first, found.next];
  return true;
}

const lineOf = (state, line) => state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);

function blockAt(state, first, last, opener) {
  const lines = [lineOf(state, first).slice(opener.length)];
  for (let line = first, length = 0; length <= LONGEST; length += lines.at(-1).length + 1) {
    const at = find(lines.at(-1), CLOSERS[opener]);
    if (at >= 0) {
      const tail = lines.at(-1).slice(at + opener.length);
      const tex = [...lines.slice(0, -1), lines.at(-1).slice(0, at)].join("\n").trim();
      return tail.trim() || !tex || tex.length > LONGEST ? null : { tex, next: line + 1 };
    }
    line += 1;
    if (line >= last)
      return lines[0].trim() || lines.length < 2 ? null : { tex: lines.join("\n"), next: line, cut: true };
    if (state.isEmpty(line) || state.sCount[line] < state.blkIndent) return null;
    lines.push(lineOf(state, line));
    if (lines.at(-1).startsWith("\\[")) return null; // displays do not nest; and it keeps many openers cheap
  }
  return null;
}

function push(state, { tex, opener, cut = false }) {
  const token = state.push("formula", "math", 0);
  token.content = tex;
  token.markup = opener;
  token.meta = { display: isDisplay(opener), closer: cut ? "" : CLOSERS[opener], cut };
  state.env.formulas = true;
  return token;
}

/** markdown-it plugin: tokens "formula" with TeX in `content`; `env.formulas` is set when there is one. */
export function formulas(md) {
  md.inline.ruler.before("escape", "formula", inline);
  md.block.ruler.after("blockquote", "formula", block, { alt: ["paragraph", "reference", "blockquote", "list"] });
}

// Definitions are refused: `maxExpand` counts expansions, not what each of them brings.
const DEFINITION = /\\([egx]?def|let|futurelet|newcommand|renewcommand|providecommand)(?![A-Za-z])/;
const OPTIONS = { output: "mathml", strict: "ignore", trust: refuse, throwOnError: true, maxSize: 20, maxExpand: 500 };

/** For \href, \includegraphics, \htmlData and the like: the formula is shown as its source, not without them. */
function refuse({ command }) {
  throw new Error(`${command} is not for answers`);
}

/** A formula's MathML without KaTeX's frame around it, or null for TeX that is not to be set. */
export function mathml(katex, tex, displayMode) {
  if (DEFINITION.test(tex)) return null;
  let made;
  try {
    made = katex.renderToString(tex, { ...OPTIONS, displayMode });
  } catch {
    return null; // a mistake in the TeX, something refused, or nesting beyond the stack
  }
  const math = made.slice(made.indexOf("<math"), made.lastIndexOf("</math>") + "</math>".length);
  return math.replace(/<annotation .*?<\/annotation>|<\/?semantics>/gs, "");
}
