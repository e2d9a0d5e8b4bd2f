// Controls that several regions use.
import { copyText, html, Icon, useEffect, useLayoutEffect, useRef, useState } from "./dom.js";

/** A segmented control. options: [[value, text], ...] */
export const Switch = ({ label, options, value, onChange }) =>
  html`<div class="switch" role="radiogroup" aria-label=${label} onKeyDown=${alongRow}>
    ${options.map(
      ([option, text]) =>
        html`<button
          type="button"
          role="radio"
          aria-checked=${option === value ? "true" : "false"}
          tabindex=${option === value ? 0 : -1}
          onClick=${() => onChange(option)}
        >
          ${text}
        </button>`,
    )}
  </div>`;

function alongRow(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const next = buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
}

/** A button that is on or off. */
export const Toggle = ({ on, children, ...rest }) =>
  html`<button type="button" class="chip" aria-pressed=${on ? "true" : "false"} ...${rest}>${children}</button>`;

/**
 * A button that opens a small menu. `items()` gives [{ text, act, off?, why?, checked? } | "-"] when it opens;
 * an item that is `off` says `why`. With a `text` the button shows it beside the icon.
 */
export function Menu({ label, text = null, icon = "more", items, ...rest }) {
  const [open, setOpen] = useState(false);
  const button = useRef(null);
  const close = (focus) => {
    setOpen(false);
    if (focus) button.current.focus();
  };
  return html`<span class="menu">
    <button
      ref=${button}
      type="button"
      class="icon-button"
      title=${label}
      aria-label=${label}
      aria-haspopup="menu"
      aria-expanded=${open ? "true" : "false"}
      onClick=${() => setOpen(!open)}
      onKeyDown=${(event) => event.key === "ArrowDown" && !event.altKey && (event.preventDefault(), setOpen(true))}
      ...${rest}
    >
      <${Icon} name=${icon} />${text}
    </button>
    ${open && html`<${MenuList} label=${label} anchor=${button} items=${items()} onClose=${close} />`}
  </span>`;
}

function MenuList({ label, anchor, items, onClose }) {
  const list = useRef(null);
  useLayoutEffect(() => {
    list.current.showPopover();
    beside(list.current, anchor.current);
    list.current.querySelector("button")?.focus();
  }, []);
  useEffect(() => {
    const outside = (event) => !list.current?.contains(event.target) && !anchor.current?.contains(event.target) && onClose(false);
    document.addEventListener("pointerdown", outside);
    document.addEventListener("scroll", outside, true);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("scroll", outside, true);
    };
  }, []);
  const act = (item) => () => {
    onClose(true);
    item.act();
  };
  return html`<div ref=${list} class="menu-list" role="menu" aria-label=${label} popover="manual" onKeyDown=${(event) => inMenu(event, onClose)}>
    ${items.map((item, index) =>
      item === "-"
        ? html`<hr key=${index} />`
        : html`<button
            type="button"
            key=${index}
            role=${item.checked === undefined ? "menuitem" : "menuitemcheckbox"}
            aria-checked=${item.checked === undefined ? undefined : String(item.checked)}
            tabindex="-1"
            aria-disabled=${item.off ? "true" : undefined}
            onClick=${item.off ? undefined : act(item)}
          >
            <span>${item.text}${item.off && item.why && html`<small>${item.why}</small>`}</span>${item.checked && html`<${Icon} name="check" />`}${item.keys && html`<kbd>${item.keys}</kbd>`}
          </button>`,
    )}
  </div>`;
}

/** Put a popover under its button, or above where there is no room. */
function beside(list, button) {
  const [box, own] = [button.getBoundingClientRect(), list.getBoundingClientRect()];
  const below = box.bottom + 4 + own.height <= window.innerHeight;
  list.style.left = `${Math.max(8, Math.min(box.right - own.width, window.innerWidth - own.width - 8))}px`;
  list.style.top = `${Math.max(8, below ? box.bottom + 4 : box.top - own.height - 4)}px`;
}

function inMenu(event, onClose) {
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    return onClose(true);
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return undefined;
  event.preventDefault();
  event.stopPropagation();
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  return buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length]?.focus();
}

/** A dialog over the page; `onClose` is called when it goes. */
export function Dialog({ label, kind, onClose, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    // The browser itself gives the focus back when a dialog is closed; who has it by now keeps it.
    return () => document.activeElement === document.body && before?.isConnected && before.focus({ preventScroll: true });
  }, []);
  return html`<dialog
    class=${`sheet ${kind}`}
    aria-label=${label}
    ref=${dialog}
    onClose=${onClose}
    onClick=${(event) => event.target === dialog.current && dialog.current.close()}
  >
    <div class="sheet-body">
      <header>
        <h2>${label}</h2>
        <button type="button" class="icon-button" title="Close" aria-label="Close" onClick=${() => dialog.current.close()}><${Icon} name="close" /></button>
      </header>
      ${children}
    </div>
  </dialog>`;
}

/** A button that copies a text and says so. `text` is a text, or a function that gives it. */
export function CopyButton({ text, label = "Copy", ...rest }) {
  const [copied, setCopied] = useState(false);
  return html`<button
    type="button"
    class="quiet"
    onClick=${async () => {
      setCopied(await copyText(typeof text === "function" ? text() : text));
      setTimeout(() => setCopied(false), 1500);
    }}
    ...${rest}
  >
    ${copied ? "Copied" : label}
  </button>`;
}
