// What an empty conversation offers.
import { insertAt, makeRow, setText } from "../document/conversation.js";
import { html } from "../dom.js";
import { update } from "../session/store.js";
import { changeRows } from "../document/workspace.js";

export const Start = ({ state, index }) =>
  html`<div class="start">
    <h2>Start with a message, or try one of these</h2>
    <p>Write below and press Run. Every message stays editable, so change one and run again.</p>
    <div class="examples">
      ${state.boot.examples.map(
        (example) =>
          html`<button type="button" key=${example.title} onClick=${() => tryExample(index, example)}>
            <b>${example.title}</b><span>${example.user}</span>
          </button>`,
      )}
    </div>
  </div>`;

function tryExample(index, example) {
  update((current) =>
    changeRows(current, index, (rows) => {
      const first = rows.find((row) => row.message.role === "system");
      const prompted = first ? setText(rows, first.id, example.system) : [makeRow("system", example.system), ...rows];
      return insertAt(prompted, prompted.length, makeRow("user", example.user));
    }),
  );
}
