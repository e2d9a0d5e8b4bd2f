// The message editor: one row a message, every edit on the spot.
import {
  ROLES,
  imagesOf,
  insertAfter,
  insertAt,
  makeRow,
  move,
  newId,
  nextRole,
  remove,
  setField,
  setImages,
  setRole,
  setText,
  showVariant,
  staleness,
  textOf,
} from "./conversation.js";
import { Thumbs } from "./controls.js";
import { Component, copyText, html, Icon, IconButton, useEffect, useLayoutEffect, useRef, useState } from "./dom.js";
import { grow } from "./field.js";
import { chooseImages, readImages } from "./images.js";
import { startRun, watchRow } from "./runs.js";
import { getState, offerUndo, patch, update } from "./store.js";
import { changeRows, putRowBack } from "./workspace.js";

const PLACEHOLDER = {
  system: "System prompt: who the model is and how it should answer. Not sent while empty.",
  developer: "Developer instructions. Not sent while empty.",
  user: "What the user says",
  assistant: "What the assistant says. The last assistant message is continued by local models.",
  tool: "What the tool answered",
};

let focusNext = null; // the row whose text takes the focus once it is drawn

const edit = (pane, change) =>
  update((current) => {
    const index = current.panes.findIndex((other) => other.id === pane);
    return index < 0 ? current : changeRows(current, index, change);
  });

const add = (pane, insert, role) => {
  const row = makeRow(role);
  focusNext = row.id;
  edit(pane, (rows) => insert(rows, row));
};

export const Rows = ({ pane, running, blind }) => {
  const stale = staleness(pane.rows);
  return html`<ol class="rows" aria-label="Messages">
    ${pane.rows.map(
      (row, index) =>
        html`<${Row}
          key=${row.id}
          pane=${pane.id}
          row=${row}
          index=${index}
          last=${index === pane.rows.length - 1}
          next=${nextRole(pane.rows, index)}
          stale=${stale[index]}
          busy=${running}
          blind=${blind}
        />`,
    )}
  </ol>`;
};

class Row extends Component {
  shouldComponentUpdate(next) {
    return ["row", "index", "last", "next", "stale", "busy", "blind"].some((name) => next[name] !== this.props[name]);
  }

  render({ pane, row, index, last, next, stale, busy, blind }) {
    const { message } = row;
    const running = row.status === "running";
    return html`<li class=${`row ${message.role}`} data-row=${row.id} data-role=${message.role}>
      <${RolePicker} pane=${pane} row=${row} disabled=${running} />
      <div class="body">
        ${running
          ? html`<${Live} row=${row} />`
          : html`${row.reasoning && html`<${Reasoning} text=${row.reasoning} />`}
              ${message.role === "tool" && html`<${CallId} pane=${pane} row=${row} />`}
              ${(message.content !== null || !message.tool_calls) && html`<${Field} pane=${pane} row=${row} index=${index} />`}
              <${Thumbs}
                images=${imagesOf(message)}
                onChange=${(images) => edit(pane, (rows) => setImages(rows, row.id, images))}
              />
              ${message.tool_calls?.map((call) => html`<${Call} key=${call.id} call=${call} />`)}
              <${Meta} pane=${pane} row=${row} stale=${stale} />`}
      </div>
      ${!running && html`<${Tools} pane=${pane} row=${row} index=${index} last=${last} busy=${busy} blind=${blind} />`}
      <button
        type="button"
        class="insert"
        aria-label=${`Insert a message below message ${index + 1}`}
        onClick=${() => add(pane, (rows, made) => insertAfter(rows, row.id, made), next)}
      >
        <span><${Icon} name="plus" />insert</span>
      </button>
    </li>`;
  }
}

const RolePicker = ({ pane, row, disabled }) =>
  html`<div class="role">
    <span class="shape" aria-hidden="true"></span>
    <select
      aria-label="Role"
      value=${row.message.role}
      disabled=${disabled}
      onChange=${(event) => edit(pane, (rows) => setRole(rows, row.id, event.target.value))}
    >
      ${ROLES.map((role) => html`<option value=${role} selected=${role === row.message.role}>${role}</option>`)}
    </select>
  </div>`;

function Field({ pane, row, index }) {
  const field = useRef(null);
  const text = textOf(row.message);
  useLayoutEffect(() => grow(field.current), [text]);
  useLayoutEffect(() => {
    if (focusNext !== row.id) return;
    focusNext = null;
    field.current.focus();
    field.current.scrollIntoView({ block: "nearest" });
  }, []);
  const tell = (notice) => patch({ notice });
  return html`<textarea
    ref=${field}
    rows="1"
    spellcheck=${row.message.role === "user" || row.message.role === "system"}
    aria-label=${`Message ${index + 1}, ${row.message.role}`}
    placeholder=${row.generated ? "The model said nothing." : PLACEHOLDER[row.message.role]}
    value=${text}
    onInput=${(event) => edit(pane, (rows) => setText(rows, row.id, event.target.value))}
    onKeyDown=${(event) => {
      if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
      event.preventDefault();
      moveRow(pane, row.id, event.key === "ArrowUp" ? -1 : 1);
    }}
    onPaste=${async (event) => {
      const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
      if (!files.length || row.message.role !== "user") return;
      event.preventDefault();
      addImages(pane, row.id, await readImages(files, tell));
    }}
  ></textarea>`;
}

/** The row may have changed while the pictures were read, so its images are taken from the rows as they are now. */
const addImages = (pane, id, parts) =>
  edit(pane, (rows) => {
    const row = rows.find((other) => other.id === id);
    return row && parts.length ? setImages(rows, id, [...imagesOf(row.message), ...parts]) : rows;
  });

function moveRow(pane, id, step) {
  const focused = document.activeElement;
  edit(pane, (rows) => move(rows, id, step));
  // Moving a row takes its element out of the page for a moment, and with it the focus.
  requestAnimationFrame(() => focused?.isConnected && focused.focus());
}

function Tools({ pane, row, index, last, busy, blind }) {
  const { role } = row.message;
  const choose = async () => addImages(pane, row.id, await chooseImages((notice) => patch({ notice })));
  return html`<div class="tools" role="toolbar" aria-label=${`Message ${index + 1}`}>
    <${IconButton} icon="up" label="Move up (Alt + ↑)" disabled=${index === 0} onClick=${() => moveRow(pane, row.id, -1)} />
    <${IconButton} icon="down" label="Move down (Alt + ↓)" disabled=${last} onClick=${() => moveRow(pane, row.id, 1)} />
    ${role === "user" &&
    html`<${IconButton}
      icon="image"
      label=${blind ? "This model cannot see images" : "Add images"}
      disabled=${blind}
      onClick=${choose}
    />`}
    <${IconButton} icon="copy" label="Duplicate" onClick=${() => duplicate(pane, row)} />
    ${role === "assistant" && row.generated &&
    html`<${IconButton} icon="again" label="Answer again" disabled=${busy} onClick=${() => answerAgain(pane, row.id)} />`}
    <${IconButton} icon="trash" label="Delete" onClick=${() => removeRow(pane, row, index)} />
  </div>`;
}

const duplicate = (pane, row) =>
  edit(pane, (rows) => insertAfter(rows, row.id, { id: newId(), message: row.message, reasoning: row.reasoning }));

function answerAgain(pane, id) {
  startRun(getState().workspace.panes.findIndex((other) => other.id === pane), id);
}

function removeRow(pane, row, index) {
  const list = document.activeElement?.closest(".rows");
  edit(pane, (rows) => remove(rows, row.id));
  offerUndo("Message deleted.", putRowBack(pane, row, index));
  requestAnimationFrame(() => {
    const fields = list?.querySelectorAll("textarea") ?? [];
    fields[Math.min(index, fields.length - 1)]?.focus();
  });
}

const CallId = ({ pane, row }) =>
  html`<label class="call-id">
    answers call
    <input
      value=${row.message.tool_call_id}
      onInput=${(event) => edit(pane, (rows) => setField(rows, row.id, "tool_call_id", event.target.value))}
    />
  </label>`;

const Call = ({ call }) =>
  html`<pre class="call"><b>${call.function.name}</b>(${call.function.arguments})</pre>`;

const Reasoning = ({ text }) =>
  html`<details class="reasoning">
    <summary>Reasoning, not sent back</summary>
    <p>${text}</p>
  </details>`;

/** Under an answer: its variants, and what is to be known of it. */
function Meta({ pane, row, stale }) {
  const [copied, setCopied] = useState(false);
  if (!row.generated && !row.status) return null;
  const variants = row.variants?.length ?? 1;
  const show = (index) => edit(pane, (rows) => showVariant(rows, row.id, index));
  return html`<div class="meta">
    ${variants > 1 &&
    html`<span class="variants">
      <${IconButton} icon="left" label="Previous answer" disabled=${row.at === 0} onClick=${() => show(row.at - 1)} />
      <span>${row.at + 1}/${variants}</span>
      <${IconButton} icon="right" label="Next answer" disabled=${row.at === variants - 1} onClick=${() => show(row.at + 1)} />
    </span>`}
    ${stale && html`<span class="mark-stale" title="A message above has changed since this answer">answers an earlier text</span>`}
    ${row.edited && html`<span title="Run continues your text; Answer again asks anew">edited</span>`}
    ${row.status === "stopped" && html`<span class="mark-cut">stopped</span>`}
    ${row.status === "failed" && html`<span class="mark-cut">broken off</span>`}
    ${row.stats?.finish_reason === "length" && html`<span class="mark-cut">cut at max tokens</span>`}
    <button
      type="button"
      onClick=${async () => {
        setCopied(await copyText(textOf(row.message)));
        setTimeout(() => setCopied(false), 1500);
      }}
    >
      ${copied ? "Copied" : "Copy"}
    </button>
  </div>`;
}

/** An answer on its way: the text goes straight into text nodes, past the page's drawing. */
function Live({ row }) {
  const text = useRef(null);
  const thought = useRef(null);
  const [state, setState] = useState({ phase: "waiting", progress: null, thinking: false, calls: [] });
  useEffect(
    () =>
      watchRow(row.id, (live) => {
        const choice = live.choices[0] ?? { text: "", reasoning: "", calls: [] };
        text.current.textContent = (row.prefilled ?? "") + choice.text;
        thought.current.textContent = choice.reasoning;
        const next = { phase: live.phase, progress: live.progress, thinking: Boolean(choice.reasoning), calls: choice.calls };
        setState((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
      }),
    [row.id],
  );
  const { phase, progress, thinking, calls } = state;
  return html`<div class="live" aria-busy="true">
    <details class="reasoning" open hidden=${!thinking}>
      <summary>Reasoning</summary>
      <p ref=${thought}></p>
    </details>
    <p class="text"><span ref=${text}></span><span class="cursor" aria-hidden="true"></span></p>
    ${calls.map((call, index) => html`<${Call} key=${index} call=${call} />`)}
    ${phase === "waiting" && html`<${Waiting} progress=${progress} />`}
  </div>`;
}

function Waiting({ progress }) {
  if (!progress) return html`<p class="waiting" role="status">Waiting for the first token…</p>`;
  const { message, done, total } = progress;
  return html`<div class="waiting" role="status">
    <span>${message}${total ? ` ${size(done ?? 0)} of ${size(total)}` : ""}</span>
    <progress value=${total ? done : undefined} max=${total ?? undefined}></progress>
  </div>`;
}

const size = (count) => (count >= 1e6 ? `${(count / 1e6).toFixed(0)} MB` : String(count));

/** The button below the last row. */
export const AddRow = ({ pane }) =>
  html`<button
    type="button"
    class="add-row"
    onClick=${() => add(pane.id, (rows, made) => insertAt(rows, rows.length, made), nextRole(pane.rows, pane.rows.length - 1))}
  >
    <${Icon} name="plus" />Add message
  </button>`;
