// Preact bound to htm, and the page's icons. Text always goes through Preact as text, never as HTML.
import htm from "./vendor/htm.mjs";
import { Component, h } from "./vendor/preact.mjs";

export { Component, render } from "./vendor/preact.mjs";
export { useEffect, useLayoutEffect, useRef, useState } from "./vendor/hooks.mjs";
/** Templates make new nodes each time: htm would keep the parts that never change, and with them old pages. */
export const html = htm.bind(function fresh(...what) {
  this[0] = 3;
  return h(...what);
});

export const MAC = /Mac|iP/.test(globalThis.navigator?.platform ?? "");
export const MODIFIER = MAC ? "⌘" : "Ctrl";

/** The view, drawn again only when one of its props has changed. */
export const memo = (View) =>
  class extends Component {
    shouldComponentUpdate(next) {
      return Object.keys(next).some((name) => next[name] !== this.props[name]);
    }

    render(props) {
      return html`<${View} ...${props} />`;
    }
  };

const PATHS = {
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  plus: "M8 3v10M3 8h10",
  copy: "M6 6h7v7H6zM3 10V3h7",
  again: "M13 8a5 5 0 1 1-2-4M11 1v3h3",
  trash: "M3 4h10M6 4V2h4v2M5 4l1 10h4l1-10",
  image: "M2 3h12v10H2zM2 11l4-4 3 3 2-2 3 3",
  left: "M10 3 5 8l5 5",
  right: "M6 3l5 5-5 5",
  close: "M4 4l8 8M12 4l-8 8",
  sliders: "M2 5h7M13 5h1M11 3v4M2 11h1M7 11h7M5 9v4",
  theme: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  caret: "M4 6l4 4 4-4",
  check: "M3 8l4 4 6-8",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  grip: "M6 3.5h.1M10 3.5h.1M6 8h.1M10 8h.1M6 12.5h.1M10 12.5h.1",
  play: "M5 3l8 5-8 5z",
  edit: "M3 13l1-3.5L11 2.5 13.5 5 6.500 12z",
  plain: "M3 4h10M3 8h10M3 12h6",
  markdown: "M2 12V4l3 4 3-4v8M12 4v7M9.800 9 12 11.500 14.200 9",
  undo: "M6 3 2.500 6.500 6 10M3 6.500h6a4 4 0 0 1 0 8H7",
  redo: "M10 3l3.500 3.500L10 10M13 6.500H7a4 4 0 0 0 0 8h2",
  compare: "M2 3h5v10H2zM9 3h5v10H9z",
  help: "M6 6a2 2 0 1 1 2.800 1.800c-.6.300-.8.700-.8 1.400M8 11.800v.1",
  warn: "M8 2l6.5 12h-13zM8 6.5v3.5M8 12v.2",
};

export const Icon = ({ name }) =>
  html`<svg class="icon" data-icon=${name} viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

export const IconButton = ({ icon, label, ...rest }) =>
  html`<button type="button" class="icon-button" title=${label} aria-label=${label} ...${rest}>
    <${Icon} name=${icon} />
  </button>`;

/** Save what is in a blob as a file of this name. */
export function saveFile(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Put text on the clipboard; resolves to whether that worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
