// An answer token by token: how likely each was, what else was likely, and a branch from there.
import { html, memo, useEffect, useLayoutEffect, useRef, useState } from "../dom.js";
import { ABOUT, figuresOf } from "../document/figures.js";
import { textOf } from "../document/message.js";
import { startRun } from "../session/runs.js";
import { getState } from "../session/store.js";
import { branchOf, certainty, choicesOf, laidOver, LEVEL_NAMES, levelOf, percent, nameOf, probabilityOf, spelled, whyNoBranch } from "../document/tokens.js";
import { paneAt } from "../document/workspace.js";

export function Tokens({ pane, row, busy, continues }) {
  const [open, setOpen] = useState(null); // number of the piece whose alternatives are shown
  const map = useRef(null);
  const text = textOf(row.message);
  const { pieces, exact } = laidOver(text, row.tokens);
  if (!row.tokens.length) return html`<p class="text">${text}</p><p class="help">The log probabilities of this answer were not kept over the reload. Answer again to get them.</p>`;
  const close = (focus) => {
    setOpen(null);
    if (focus) map.current?.querySelectorAll("[data-piece]")[open]?.focus();
  };
  const blocked = busy ? "A run is under way" : row.message.tool_calls ? "An answer with tool calls can't be continued" : continues ? null : "This model does not continue a text";
  const card = pieces[open];
  return html`<div class="token-view">
    <${Legend} tokens=${row.tokens} />
    ${!exact && html`<p class="help">The tokens that came don't spell this answer, so they are shown as they came.</p>`}
    <${Heat} key=${row.at ?? 0} map=${map} row=${row} onOpen=${setOpen} />
    ${card && html`<${Card} key=${open} piece=${card} anchor=${() => map.current.querySelectorAll("[data-piece]")[open]} onClose=${close}
      reasonOf=${(place, other) => blocked ?? whyNoBranch(card, place, other, exact)}
      onBranch=${(place, other) => branch(pane, row, branchOf(text, row.tokens, card, place, other), close)} />`}
  </div>`;
}

function branch(pane, row, begun, close) {
  close(false);
  startRun(paneAt(getState().workspace, pane), row.id, { more: true, branch: begun });
}

const Legend = memo(({ tokens }) => {
  const figures = figuresOf({ ...certainty(tokens) }, null).filter(([key]) => key === "perplexity" || key === "entropy");
  return html`<p class="token-legend">
    ${LEVEL_NAMES.map((name, level) => html`<span key=${level}><i data-level=${level}>ab</i> ${name}</span>`)}
    ${figures.map(([key, value, unit]) => html`<span key=${key} class="token-figure" title=${ABOUT[key]}><b>${value}</b> ${unit}</span>`)}
  </p>`;
});

/** The map itself. It is drawn once; arrow keys move the focus past the page's drawing, because there may be thousands of tokens. */
const Heat = memo(({ map, row, onOpen }) => {
  const { pieces } = laidOver(textOf(row.message), row.tokens);
  const first = pieces.findIndex((piece) => piece.tokens.length);
  return html`<div
    ref=${map}
    class="token-map"
    role="listbox"
    aria-label="Tokens of the answer: arrow keys move, Enter shows the alternatives"
    onClick=${(event) => {
      const token = event.target.closest("[data-piece]");
      if (token) begin(token, onOpen);
    }}
    onKeyDown=${(event) => alongTokens(event, onOpen)}
  >
    ${pieces.map((piece, index) => html`<${Piece} key=${index} piece=${piece} index=${index} first=${index === first} />`)}
  </div>`;
});

function Piece({ piece, index, first }) {
  const probability = probabilityOf(piece);
  const name = piece.tokens.length && probability !== null ? `${nameOf(piece)}: ${percent(probability)}` : "Text that was given";
  return html`<span
    role="option"
    aria-selected="false"
    aria-label=${name}
    title=${name}
    tabindex=${first || index === 0 ? 0 : -1}
    data-piece=${index}
    data-level=${levelOf(piece) ?? undefined}
    data-broken=${piece.broken || undefined}
    >${piece.text}</span
  >`;
}

function begin(token, onOpen) {
  focusToken(token);
  onOpen(Number(token.dataset.piece));
}

/** The one token that Tab reaches is the one that was last in the focus. */
function focusToken(token) {
  for (const other of token.parentElement.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  token.tabIndex = 0;
  token.focus();
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

function alongTokens(event, onOpen) {
  const token = event.target.closest("[data-piece]");
  if (!token || event.altKey || event.ctrlKey || event.metaKey) return;
  const { key } = event;
  if (key === "Enter" || key === " ") {
    event.preventDefault();
    return begin(token, onOpen);
  }
  const next = neighbour(token, key);
  if (next === undefined) return;
  event.preventDefault();
  if (next) focusToken(next);
}

/** Where a key leads from a token: null is nowhere, undefined that it is no key of the map. */
function neighbour(token, key) {
  const all = token.parentElement;
  if (key in STEPS) return STEPS[key] > 0 ? token.nextElementSibling : token.previousElementSibling;
  if (key === "Home" || key === "End") return key === "Home" ? all.firstElementChild : all.lastElementChild;
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  return onNextLine(token, key === "ArrowDown");
}

/** The token nearest to this one on the line below or above. */
function onNextLine(token, down) {
  const here = token.getBoundingClientRect();
  let line = null;
  let best = null;
  for (let other = step(token, down); other; other = step(other, down)) {
    const box = other.getBoundingClientRect();
    if (down ? box.top < here.bottom - 2 : box.bottom > here.top + 2) continue;
    if (line !== null && Math.abs(box.top - line) > 4) break;
    line ??= box.top;
    const far = Math.abs(box.left - here.left);
    if (!best || far < best.far) best = { other, far };
  }
  return best?.other ?? null;
}

const step = (token, down) => (down ? token.nextElementSibling : token.previousElementSibling);

/** The alternatives of a piece, in a popover at its place. */
function Card({ piece, anchor, reasonOf, onBranch, onClose }) {
  const card = useRef(null);
  useLayoutEffect(() => {
    card.current.showPopover();
    place(card.current, anchor());
    (card.current.querySelector("button:enabled") ?? card.current).focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    const outside = (event) => !card.current?.contains(event.target) && onClose(false);
    document.addEventListener("pointerdown", outside);
    document.addEventListener("scroll", outside, true);
    const again = () => place(card.current, anchor());
    window.addEventListener("resize", again);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("scroll", outside, true);
      window.removeEventListener("resize", again);
    };
  }, []);
  return html`<div ref=${card} class="token-card" role="dialog" aria-label="Alternatives" tabindex="-1" popover="manual" onKeyDown=${(event) => inCard(event, onClose)}>
    ${piece.tokens.length ? null : html`<p class="help">This text was given to the model, so it has no probabilities.</p>`}
    ${piece.tokens.map((token, place) => html`<${Alternatives} key=${place} token=${token} reasonOf=${(other) => reasonOf(place, other)} onBranch=${(other) => onBranch(place, other)} />`)}
  </div>`;
}

function Alternatives({ token, reasonOf, onBranch }) {
  if (token[1] == null) return html`<p class="help">This text was given to the model, so it has no probabilities.</p>`;
  return html`<section>
    <h3><code>${spelled(token)}</code> <span>${percent(Math.exp(token[1]))}, log ${token[1].toFixed(2)}</span></h3>
    ${!token[3]?.length && html`<p class="help">No alternatives came: set Top log probabilities to get some.</p>`}
    <ul>
      ${choicesOf(token).map(({ token: other, probability, said }, index) => {
        const reason = said ? "It is what the answer says" : reasonOf(other);
        return html`<li key=${index} data-said=${said || undefined}>
          <code>${spelled(other)}</code>
          <span class="token-bar" aria-hidden="true"><i style=${{ width: `${Math.min(1, probability) * 100}%` }}></i></span>
          <span class="token-percent">${percent(probability)}</span>
          <button type="button" disabled=${Boolean(reason)} title=${reason ?? "Make a variant that goes on from here"} aria-label=${`Branch from ${spelled(other)}`} onClick=${() => onBranch(other)}>
            ${said ? "said" : "Branch"}
          </button>
        </li>`;
      })}
    </ul>
    <${Reasons} list=${choicesOf(token).filter(({ said }) => !said).map((choice) => reasonOf(choice.token))} />
  </section>`;
}

/** Why branches are disabled, in words that a touch screen shows too. */
const Reasons = ({ list }) => [...new Set(list.filter(Boolean))].map((reason) => html`<p key=${reason} class="help">${reason}.</p>`);

function place(card, token) {
  const [box] = token.getClientRects();
  const own = card.getBoundingClientRect();
  const below = box.bottom + 4 + own.height <= window.innerHeight;
  card.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - own.width - 8))}px`;
  card.style.top = `${Math.max(8, below ? box.bottom + 4 : box.top - own.height - 4)}px`;
}

function inCard(event, onClose) {
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    return onClose(true);
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey) return undefined;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll("button:enabled")];
  return buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length]?.focus();
}
