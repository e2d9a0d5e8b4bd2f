// The message editor: one row a message, every edit on the spot.
import { Shown } from "./answerrow.js";
import { staleness } from "../document/answers.js";
import { CallId, Calls } from "./calls.js";
import { ResultMarks } from "./resultmarks.js";
import { nextRole, setField, setImages, setRole } from "../document/conversation.js";
import { Component, html, Icon, memo, useLayoutEffect } from "../dom.js";
import { dragRow } from "./drag.js";
import { edit, insertRow, show, takesFocus } from "../session/edits.js";
import { callsAbove, imagesOf, ROLES } from "../document/message.js";
import { addImages, Collapsed, LineEnds, MessageField, rowKeys } from "./messagetext.js";
import { whenReleased } from "../press.js";
import { dropImages, Thumbs } from "../images/pictures.js";
import { Tools } from "./rowtools.js";
import { offerUndo } from "../session/store.js";

export const Rows = ({ pane, running, blind, variables, markdown, several, continues }) => {
  const stale = staleness(pane.rows, variables);
  useLayoutEffect(() => number(pane.rows));
  return html`<ol class="rows" aria-label="Messages">
    ${pane.rows.map(
      (row, index) =>
        html`<${Row}
          key=${row.id}
          pane=${pane.id}
          row=${row}
          first=${index === 0}
          next=${nextRole(pane.rows, index)}
          stale=${stale[index]}
          busy=${running}
          blind=${row.message.role === "user" ? blind : null}
          calls=${row.message.role === "tool" ? JSON.stringify(callsAbove(pane.rows, index)) : null}
          markdown=${markdown}
          several=${several}
          home=${pane.model}
          thoughts=${Boolean(pane.thoughts)}
          continues=${continues}
          variables=${Object.keys(row.values ?? {}).length ? variables : null}
        />`,
    )}
  </ol>`;
};

/** A row's number is written beside its drawing: an edit above changes hundreds of numbers, and draws none of those rows. */
function number(rows) {
  rows.forEach(({ id, message }, index) => {
    const label = document.getElementById(`label-${id}`);
    const text = `Message ${index + 1}, ${message.role}`;
    if (label.textContent !== text) label.textContent = text;
  });
}

const DRAWN = ["row", "first", "next", "stale", "busy", "blind", "calls", "markdown", "several", "home", "thoughts", "continues", "variables"];

/** A row has its toolbar once the pointer or the focus has been in it: hundreds of rows would have thousands of buttons. */
class Row extends Component {
  state = { near: false };

  approach = () => this.state.near || this.setState({ near: true });

  shouldComponentUpdate(next, state) {
    return state.near !== this.state.near || DRAWN.some((name) => next[name] !== this.props[name]);
  }

  render(props) {
    const { pane, row, first, next } = props;
    const { message } = row;
    const running = row.status === "running";
    const drop = message.role === "user" && !running ? dropImages({ blind: props.blind, onAdd: addImages(pane, row) }) : {};
    return html`<li class=${`row ${message.role}`} data-row=${row.id} data-role=${message.role} onPointerEnter=${this.approach} onFocusIn=${this.approach} ...${drop}>
      ${first && html`<${Insert} row=${row} above=${true} onClick=${() => insertRow(pane, null, row, "user")} />`}
      <${Gutter} pane=${pane} row=${row} running=${running} />
      <div class="body"><${Body} ...${bodyOf(props)} running=${running} /></div>
      ${!running && this.state.near && html`<${Tools} ...${props} />`}
      <${Insert} row=${row} onClick=${() => insertRow(pane, row, null, next)} />
    </li>`;
  }
}

const Insert = ({ row, above, onClick }) => {
  const where = above ? "above" : "below";
  const id = `${where}-${row.id}`;
  return html`<button
    type="button"
    class="insert"
    id=${id}
    data-above=${above}
    aria-label=${`Insert a message ${where}`}
    aria-labelledby=${`${id} label-${row.id}`}
    onClick=${onClick}
  >
    <span><${Icon} name="plus" />insert</span>
  </button>`;
};

/** Left of a row: a handle to drag it by, its role, its name. */
const Gutter = ({ pane, row, running }) =>
  html`<div class="gutter">
    <span class="unseen" id=${`label-${row.id}`}></span>
    <div class="role">
      <button
        type="button"
        class="handle"
        title="Drag to move (Alt + ↑ ↓)"
        id=${`handle-${row.id}`}
        aria-label="Move, by dragging or with Alt and the arrow keys:"
        aria-labelledby=${`handle-${row.id} label-${row.id}`}
        disabled=${running}
        onPointerDown=${(event) => dragRow(event, pane, row)}
        onKeyDown=${(event) => rowKeys(event, pane, row)}
      >
        <${Icon} name="grip" />
      </button>
      <${Role} pane=${pane} row=${row} running=${running} />
    </div>
    ${(row.message.name !== undefined || row.naming) && !running && html`<${Name} pane=${pane} row=${row} />`}
  </div>`;

const Role = memo(
  ({ pane, row, running }) =>
    html`<span class="shape" aria-hidden="true"></span>
      <select
        aria-label="Role"
        value=${row.message.role}
        disabled=${running}
        onChange=${(event) => switchRole(pane, row, event.target.value)}
      >
        ${ROLES.map((role) => html`<option value=${role} selected=${role === row.message.role}>${role}</option>`)}
      </select>`,
);

function switchRole(pane, row, role) {
  const step = edit(pane, row, (rows, id) => setRole(rows, id, role));
  const waiting = imagesOf(row.message).length ? "images" : row.message.tool_calls ? "tool calls" : null;
  if (waiting) offerUndo(`Its ${waiting} wait until the message has its old role again.`, step);
}

const Name = ({ pane, row }) =>
  html`<input
    class="name"
    aria-label="Name of the participant"
    placeholder="name"
    ref=${(element) => element && takesFocus(`${row.id}.name`) && element.focus()}
    value=${row.message.name ?? ""}
    onInput=${(event) => edit(pane, row, (rows, id) => setField(rows, id, "name", event.target.value), "name")}
    onBlur=${() => whenReleased(() => show(pane, row, { naming: undefined }))}
  />`;

/** What a row's body depends on: not on its neighbours. */
const bodyOf = ({ first, next, blind, ...props }) => props;

const Body = memo((props) => {
  const { pane, row, calls } = props;
  const { message } = row;
  if (props.running || (row.generated && message.role === "assistant")) return html`<${Shown} ...${props} />`;
  if (row.collapsed) return html`<${Collapsed} pane=${pane} row=${row} />`;
  return html`${message.role === "tool" && html`<${CallId} pane=${pane} row=${row} calls=${JSON.parse(calls)} />`}
    <${MessageField} pane=${pane} row=${row} />
    ${message.role === "tool" && html`<${ResultMarks} pane=${pane} row=${row} />`}
    ${message.role === "user" &&
    html`<${Thumbs}
      label="Images of the message"
      images=${imagesOf(message)}
      onChange=${(images) => edit(pane, row, (rows, id) => setImages(rows, id, images))}
    />`}
    ${message.tool_calls && html`<${Calls} pane=${pane} row=${row} />`}
    <${LineEnds} pane=${pane} row=${row} />`;
});
