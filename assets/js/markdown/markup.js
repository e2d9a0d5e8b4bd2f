// Markdown into HTML, without a DOM: a worker runs it, and so does Node. What it makes is sanitised in markdown.js
// before the page sees it; the rules here are the first of the two fences.
import { formulas, mathml } from "./formulas.js";
import { MarkdownIt } from "../vendor/markdown-it.mjs";

export const LONGEST = 200_000; // characters of a text
const MOST_TAGS = 20_000; // of the HTML: drawing more would hold up the page
const DEEPEST = 100; // elements within each other: drawing recurses
const DEEPEST_FORMULA = 40;
const NESTING = 40; // levels of quotes and lists: each reads all its lines again, and markdown-it drops what is deeper

const TOP_HEADING = 3; // the page has h1 and h2
const LINK = /^(https?:\/\/|mailto:)/i;
const LINK_ATTRIBUTES = [
  ["target", "_blank"],
  ["rel", "noopener noreferrer nofollow"],
];
const SOURCE = "formula-source";

const md = new MarkdownIt({ html: false, linkify: true, breaks: true, maxNesting: NESTING });
md.linkify.set({ fuzzyLink: false, fuzzyEmail: false }); // "main.py" is a file
md.validateLink = (url) => LINK.test(url);
md.use(formulas);
md.inline.ruler.before("html_inline", "br", lineBreak);
for (const change of [outlineHeadings, linkImages, drawTasks, alignCells, leaveThePage])
  md.core.ruler.push(change.name, change);
Object.assign(md.renderer.rules, {
  fence: codeBlock,
  code_block: codeBlock,
  formula,
  table_open: () => '<div class="table-scroll"><table>\n',
  table_close: () => "</table></div>\n",
});

const { escapeHtml } = md.utils;

/** A text as tokens for `toHtml`; `formulas` says whether that needs KaTeX. Null for a text too long or too deep. */
export function parse(text) {
  if (text.length > LONGEST) return null;
  const env = { formulas: false };
  const tokens = md.parse(text, env);
  if (tokens.some(({ level }) => level >= NESTING - 1)) return null;
  return { tokens, env, formulas: env.formulas };
}

/** The HTML of what `parse` gave, null where it is too much to draw. Without KaTeX formulas stay as they were typed. */
export function toHtml(parsed, katex = null) {
  if (!parsed || parsed.tokens.length > MOST_TAGS) return null;
  const made = md.renderer.render(parsed.tokens, md.options, { ...parsed.env, katex });
  return isDrawable(made) ? made : null;
}

/** Whether HTML has few enough tags, not too deep. Angle brackets in it are tags: in text they are escaped. */
function isDrawable(made, deepest = DEEPEST) {
  let tags = 0;
  let depth = 0;
  for (const [, closing, name] of made.matchAll(/<(\/?)([a-z0-9]+)/g)) {
    tags += 1;
    if (name !== "br" && name !== "hr") depth += closing ? -1 : 1;
    if (tags > MOST_TAGS || depth > deepest) return false;
  }
  return true;
}

// --- rules --------------------------------------------------------------------------------------

/** `<br>`, the one tag that models write on purpose: a table's cell has no other line break. */
function lineBreak(state, silent) {
  const tag = /^<br *\/?>/i.exec(state.src.slice(state.pos, state.pos + 8));
  if (!tag) return false;
  if (!silent) state.push("hardbreak", "br", 0);
  state.pos += tag[0].length;
  return true;
}

/** Headings by their place in the answer's outline: no level is left out, whatever the model counted. */
function outlineHeadings({ tokens }) {
  const open = [];
  for (const token of tokens) {
    if (token.type === "heading_open") {
      const level = Number(token.tag[1]);
      while (open.at(-1) >= level) open.pop();
      open.push(level);
    }
    if (token.type.startsWith("heading_")) token.tag = `h${Math.min(TOP_HEADING - 1 + open.length, 6)}`;
  }
}

/** Images become links: loading one would tell its server who reads the answer. */
function linkImages({ tokens, Token }) {
  for (const token of tokens.filter((each) => each.children)) {
    let links = 0;
    token.children = token.children.flatMap((child) => {
      if (child.type === "link_open" || child.type === "link_close") links += child.nesting;
      return child.type === "image" ? imageLink(child, links > 0, Token) : [child];
    });
  }
}

function imageLink(image, within, Token) {
  const text = new Token("text", "", 0);
  const alt = md.renderer.renderInlineAsText(image.children, md.options, {});
  text.content = alt ? `Image: ${alt}` : "Image";
  if (within) return [text];
  const open = new Token("link_open", "a", 1);
  open.attrs = [["href", image.attrGet("src")]];
  return [open, text, new Token("link_close", "a", -1)];
}

/** "[ ]" and "[x]" at the beginning of a list's item. */
function drawTasks({ tokens }) {
  tokens.forEach((token, index) => {
    const first = token.children?.[0];
    if (first?.type !== "text" || tokens[index - 2]?.type !== "list_item_open") return;
    first.content = first.content.replace(/^\[([ xX])\](?=\s)/, (_, mark) => (mark === " " ? "☐" : "☑"));
  });
}

/** A cell's alignment as an attribute: no style of an answer reaches the page. */
function alignCells({ tokens }) {
  for (const token of tokens) {
    const style = (token.type === "td_open" || token.type === "th_open") && token.attrGet("style");
    if (style) token.attrs = [["align", style.replace("text-align:", "")]];
  }
}

function leaveThePage({ tokens }) {
  for (const link of tokens.flatMap((token) => token.children ?? []).filter((child) => child.type === "link_open")) {
    link.attrs = [["href", link.attrGet("href")], ...LINK_ATTRIBUTES];
  }
}

function codeBlock(tokens, index) {
  const { info, content } = tokens[index];
  const language = info
    .trim()
    .split(/[\s,{]/, 1)[0]
    .slice(0, 30);
  return `<figure class="code-block"><figcaption><span>${escapeHtml(language)}</span></figcaption>
<pre><code>${escapeHtml(content.replace(/\n$/, ""))}</code></pre></figure>\n`;
}

function formula(tokens, index, options, { katex }) {
  const { content, markup, meta } = tokens[index];
  const math = katex && !meta.cut ? mathml(katex, content, meta.display) : null;
  const shown =
    math && isDrawable(math, DEEPEST_FORMULA)
      ? math
      : `<code class="${SOURCE}">${escapeHtml(markup + content + meta.closer)}</code>`;
  return meta.display ? `<span class="formula">${shown}</span>` : shown;
}
