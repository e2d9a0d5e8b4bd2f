// The text of a message: a field that takes it as it is typed, or its beginning where it is collapsed.
import { nextRole, setImages, setText } from "../document/conversation.js";
import { html } from "../dom.js";
import { edit, focusOn, insertRow, moveRow, show, takesFocus } from "../session/edits.js";
import { lineEnds, shown } from "../document/exact.js";
import { TextField } from "../field.js";
import { imagesOf, isPrompt, textOf } from "../document/message.js";
import { pastedImages } from "../images/pictures.js";
import { startRun } from "../session/runs.js";
import { getState } from "../session/store.js";
import { paneAt } from "../document/workspace.js";

const PLACEHOLDER = {
  system: "System prompt: who the model is and how it should answer. Not sent while empty.",
  developer: "Developer instructions. Not sent while empty.",
  user: "What the user says",
  assistant: "What the assistant says. The last assistant message is continued by local models.",
  tool: "What the tool answered",
};

const KEPT = "An empty message, which is sent as one.";

export function MessageField({ pane, row, onLeave }) {
  const { role, tool_calls } = row.message;
  const model = row.generated ? (tool_calls ? "No text beside the calls." : "The model said nothing.") : null;
  const prose = role === "user" || role === "system" || role === "developer";
  return html`<${TextField}
    text=${textOf(row.message)}
    onText=${(text) => edit(pane, row, (rows, id) => setText(rows, id, text), "text")}
    focus=${takesFocus(row.id)}
    spellcheck=${prose}
    aria-labelledby=${`label-${row.id}`}
    placeholder=${model ?? (tool_calls ? "No text beside the calls" : row.kept && isPrompt(role) ? KEPT : PLACEHOLDER[role])}
    onBlur=${onLeave}
    onKeyDown=${(event) => rowKeys(event, pane, row)}
    onPaste=${role === "user" ? (event) => pastedImages(event, { blind: blindness(pane), onAdd: addImages(pane, row) }) : undefined}
  />`;
}

const blindness = (pane) => document.querySelector(`[data-pane="${pane}"]`)?.dataset.blind ?? null;

/** Keys of a row: Alt and arrows move it, with Shift they insert; Alt+Enter runs to here. */
export function rowKeys(event, pane, row) {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const up = event.key === "ArrowUp";
  if (event.key === "Enter") {
    event.preventDefault();
    startRun(paneAt(getState().workspace, pane), row.id);
  } else if (up || event.key === "ArrowDown") {
    event.preventDefault();
    if (!event.shiftKey) moveRow(pane, row, up ? -1 : 1);
    else if (up) insertRow(pane, null, row, "user");
    else insertRow(pane, row, null, nextRole([row], 0));
  }
}

/** The row may have changed while the pictures were read, so its images are taken from the rows as they are now. */
export const addImages = (pane, row) => (parts) =>
  edit(pane, row, (rows, id) => {
    const now = rows.find((other) => other.id === id);
    return parts.length ? setImages(rows, id, [...imagesOf(now.message), ...parts]) : rows;
  });

export const Collapsed = ({ pane, row }) => {
  const text = textOf(row.message);
  return html`<button
    type="button"
    class="collapsed"
    aria-expanded="false"
    aria-labelledby=${`label-${row.id} fold-${row.id}`}
    onClick=${() => {
      focusOn(row.id);
      show(pane, row, { collapsed: false });
    }}
  >
    <span>${text.slice(0, 300)}</span>
    <small id=${`fold-${row.id}`}>${text.length.toLocaleString("en")} characters. Show all</small>
  </button>`;
};

export function LineEnds({ pane, row }) {
  const text = textOf(row.message);
  const kind = lineEnds(text);
  return (
    kind &&
    html`<p class="help line-ends">
      Lines end in ${kind}, and are sent so.
      <button type="button" class="quiet" onClick=${() => edit(pane, row, (rows, id) => setText(rows, id, shown(text)))}>Make them LF</button>
    </p>`
  );
}
