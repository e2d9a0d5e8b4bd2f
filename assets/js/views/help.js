// The keys, listed.
import { Dialog } from "../controls.js";
import { html } from "../dom.js";
import { KEYS } from "../keys.js";
import { patch } from "../session/store.js";

export const Help = () =>
  html`<${Dialog} label="Keys" kind="help-sheet" onClose=${() => patch({ dialog: null })}>
    <dl class="keys">
      ${KEYS.map(
        ({ keys, does }) =>
          html`<div key=${keys}>
            <dt>${keys.split(" or ").map((way, index) => html`${index > 0 && " or "}<kbd>${way}</kbd>`)}</dt>
            <dd>${does}</dd>
          </div>`,
      )}
    </dl>
    <p class="help">Enter edits an answer shown as Markdown; Esc leaves it. In a menu, the arrow keys move.</p>
  <//>`;
