// The toolbar of a row: what is done often as buttons, the rest in a menu.
import { canContinue } from "../document/answers.js";
import { goOn, isMarkdown, switchView } from "./answerrow.js";
import { addCall } from "./calls.js";
import { isLong } from "../document/conversation.js";
import { Menu } from "../controls.js";
import { html, IconButton } from "../dom.js";
import { duplicate, focusOn, insertRow, moveRow, removeBelow, removeRow, show } from "../session/edits.js";
import { textOf } from "../document/message.js";
import { addImages } from "./messagetext.js";
import { AddImages } from "../images/pictures.js";
import { startRun } from "../session/runs.js";
import { valueIn } from "../document/schemasamples.js";
import { modelInfo } from "../session/server.js";
import { getState } from "../session/store.js";
import { inferFrom } from "../settings/schemasheet.js";
import { paneAt } from "../document/workspace.js";

const runFrom = (pane, row, options) => startRun(paneAt(getState().workspace, pane), row.id, options);

export function Tools(props) {
  const { pane, row, busy, blind, markdown } = props;
  const { role } = row.message;
  const answer = row.generated && role === "assistant";
  return html`<div class="tools" role="toolbar" aria-labelledby=${`label-${row.id}`}>
    ${answer
      ? html`<${IconButton} icon="again" label="Answer again" disabled=${busy} onClick=${() => runFrom(pane, row)} />
          <${IconButton}
            icon=${isMarkdown(row, markdown) ? "plain" : "markdown"}
            label=${isMarkdown(row, markdown) ? "Show as plain text" : "Show as Markdown"}
            onClick=${() => switchView(pane, row, markdown)}
          />
          ${isMarkdown(row, markdown) && html`<${IconButton} icon="edit" label="Edit" onClick=${() => beginEdit(pane, row)} />`}`
      : html`<${IconButton} icon="play" label="Run to here (Alt + Enter)" disabled=${busy} onClick=${() => runFrom(pane, row)} />`}
    ${role === "user" && html`<${AddImages} blind=${blind} onAdd=${addImages(pane, row)} compact=${true} />`}
    <${IconButton} icon="copy" label="Duplicate" onClick=${() => duplicate(pane, row)} />
    <${IconButton} icon="trash" label="Delete" onClick=${() => removeRow(pane, row)} />
    <${Menu} label="More" id=${`more-${row.id}`} aria-labelledby=${`more-${row.id} label-${row.id}`} items=${() => items(props)} />
  </div>`;
}

/** The text field is drawn, and takes the focus, when the row is drawn next. */
function beginEdit(pane, row) {
  focusOn(`${row.id}.edit`);
  show(pane, row, { collapsed: false });
}

function items(props) {
  const { pane, row, next, busy } = props;
  const { rows } = getState().workspace.panes[paneAt(getState().workspace, pane)];
  const first = rows[0].id === row.id;
  const last = rows.at(-1).id === row.id;
  return [
    ...running(props),
    { text: "Insert above", keys: "Alt ⇧ ↑", act: () => insertRow(pane, null, row, "user") },
    { text: "Insert below", keys: "Alt ⇧ ↓", act: () => insertRow(pane, row, null, next) },
    { text: "Move up", keys: "Alt ↑", off: first, why: "It is the first message", act: () => moveRow(pane, row, -1) },
    { text: "Move down", keys: "Alt ↓", off: last, why: "It is the last message", act: () => moveRow(pane, row, 1) },
    "-",
    ...shape(props),
    "-",
    { text: "Delete everything below", off: last || busy, why: busy ? "A run is under way" : "Nothing is below", act: () => removeBelow(pane, row) },
  ];
}

function running({ pane, row, busy }) {
  if (row.message.role !== "assistant") return [];
  const { panes } = getState().workspace;
  const home = panes.find((other) => other.id === pane);
  const others = panes.filter((other) => other.model !== home.model || other.endpoint !== home.endpoint);
  const why = "A run is under way";
  const continued = canContinue(row);
  return [
    { text: "Continue this text", off: busy || !continued, why: busy ? why : "There is no text to continue", act: () => goOn(pane, row) },
    ...(row.generated ? others : []).map((other) => ({
      text: `Answer again with ${other.model.split("/").at(-1)}`,
      off: busy,
      why,
      act: () => runFrom(pane, row, { by: other }),
    })),
    "-",
  ];
}

function shape({ pane, row }) {
  const { message } = row;
  return [
    ...(isLong(row) || row.collapsed
      ? [{ text: row.collapsed ? "Show all of it" : "Collapse", act: () => show(pane, row, { collapsed: !row.collapsed }) }]
      : []),
    ...(message.role === "assistant" ? [...inferring(pane, message), { text: "Add a tool call", act: () => addCall(pane, row) }] : []),
    { text: message.name === undefined ? "Give the participant a name" : "Change the name", act: () => beginName(pane, row) },
  ];
}

function inferring(pane, message) {
  const value = valueIn(textOf(message));
  const { workspace } = getState();
  const why = modelInfo(workspace.panes[paneAt(workspace, pane)])?.refuses?.response_format;
  return value === undefined ? [] : [{ text: "Ask for answers like this: infer a schema", off: Boolean(why), why, act: () => inferFrom(pane, value) }];
}

function beginName(pane, row) {
  focusOn(`${row.id}.name`);
  show(pane, row, { naming: true });
}
