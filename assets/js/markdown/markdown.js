// An answer shown as Markdown. Until it is typeset, and if it can't be, its plain text stands there.
import { makeAsker } from "../asker.js";
import { copyText, html, useEffect, useLayoutEffect, useRef, useState } from "../dom.js";

const KEPT = 2_000_000; // characters of texts whose nodes are kept, so that a row that comes back is there at once
const COPIED = 1500; // milliseconds that a button says so

// Only what markup.js and KaTeX write. There is no img, style, form, svg or HTML integration point of MathML in it, and
// no id, name, style, src or handler: what is not listed is dropped, however it got into the HTML.
const names = (list) => list.trim().split(/\s+/);
const TAGS = names(`
  p br hr h3 h4 h5 h6 strong em s a code pre blockquote ul ol li table thead tbody tr th td div span figure figcaption
  math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot munder mover munderover mtable mtr mtd mlabeledtr
  mpadded mphantom menclose mstyle #text`);
const ATTRIBUTES = names(`
  target rel class align start accent accentunder columnalign columnlines columnspacing depth display displaystyle fence
  height largeop linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize notation rowlines
  rowspacing rspace scriptlevel separator stretchy valign voffset width`);
const SAFE = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: ["href", ...ATTRIBUTES],
  ADD_URI_SAFE_ATTR: ATTRIBUTES, // else the next expression is asked of them too
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/**
 * The one place where HTML becomes nodes. It is safe thrice: markup.js escapes all that the text says and lets through
 * web and mail links only; DOMPurify parses its HTML in a document that runs and loads nothing and keeps the lists
 * above; and the nodes it kept go into the page as nodes, so that nothing is ever parsed in the page itself.
 */
async function makeNodes(made) {
  const { DOMPurify } = await import("../vendor/dompurify.mjs");
  const nodes = document.adoptNode(DOMPurify.sanitize(made, SAFE)); // else each would keep a document of its own
  for (const caption of nodes.querySelectorAll("figcaption")) caption.append(copyButton());
  return nodes;
}

function copyButton() {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "quiet copy", textContent: "Copy" });
  return button;
}

const typesetter = makeAsker(() => new Worker(new URL("markup-worker.js", import.meta.url), { type: "module" }));
const typeset = new Map(); // text to its nodes, null for one that stays plain, the oldest first
const coming = new Map(); // text to the promise of its nodes

/** The nodes of a text, or null for one that stays plain. */
function draw(text) {
  if (!coming.has(text)) {
    const drawn = typesetter(text).then((made) => made && makeNodes(made));
    coming.set(
      text,
      drawn.then((nodes) => keep(text, nodes)).finally(() => coming.delete(text)),
    );
  }
  return coming.get(text);
}

function keep(text, nodes) {
  typeset.set(text, nodes);
  let size = 0;
  for (const known of typeset.keys()) size += known.length;
  for (const known of typeset.keys()) {
    if (size <= KEPT) break;
    size -= known.length;
    typeset.delete(known);
  }
  return nodes;
}

/** A finished text as Markdown. Made for texts that stay: give a text that still grows to a text node. */
export function Markdown({ text }) {
  const [shown, setShown] = useState(null);
  useEffect(() => {
    let current = true;
    const show = (nodes) => current && setShown({ text, nodes });
    if (!typeset.has(text)) draw(text).then(show, (error) => console.warn(`Shown as plain text: ${error.message}`));
    return () => {
      current = false;
    };
  }, [text]);
  const nodes = typeset.get(text) ?? (shown?.text === text ? shown.nodes : null);
  return nodes ? html`<${Typeset} key="typeset" nodes=${nodes} />` : html`<p key="plain" class="plain">${text}</p>`;
}

function Typeset({ nodes }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    box.current.replaceChildren(nodes.cloneNode(true));
    return watchWidths(box.current);
  }, [nodes]);
  return html`<div class="markdown" ref=${box} onClick=${copyBlock}></div>`;
}

/** What scrolls sideways can be reached by the keyboard, and only as long as it scrolls. Returns how to stop. */
function watchWidths(box) {
  const watcher = new ResizeObserver((changed) => {
    for (const { target } of changed) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const element of [box, ...box.querySelectorAll("pre, .table-scroll, .formula")]) watcher.observe(element);
  return () => watcher.disconnect();
}

async function copyBlock({ target }) {
  const button = target.closest("button.copy");
  if (!button || !(await copyText(button.closest("figure").querySelector("code").textContent))) return;
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = "Copy";
  }, COPIED);
}
