// What an empty conversation offers.
import { html } from "../dom.js";
import { update } from "../session/store.js";
import { beginWith } from "../document/workspace.js";

export const Start = ({ state, index }) =>
  html`<div class="start">
    <h2>Start with a message, or try one of these</h2>
    <p>Write below and press Run. Every message stays editable, so change one and run again.</p>
    <div class="examples">
      ${state.boot.examples.map(
        (example) =>
          html`<button type="button" key=${example.title} onClick=${() => update((current) => beginWith(current, index, example))}>
            <b>${example.title}</b><span>${example.user}</span>
          </button>`,
      )}
    </div>
  </div>`;
