// Tool calls of assistant rows, and which call a tool row answers.
import { CallAnswer, RoundEnd } from "./callanswers.js";
import { setField, setMessage } from "../document/conversation.js";
import { html, Icon, IconButton } from "../dom.js";
import { edit } from "../session/edits.js";
import { update } from "../session/store.js";
import { TextField } from "../field.js";
import { objectProblem } from "../document/jsontext.js";
import { makeCall, withCalls } from "../document/message.js";
import { changeRows, paneAt } from "../document/workspace.js";

/** Change a row's calls by a function of them; an answer's calls are changed on a copy. */
const editCalls = (pane, row, change, as = null) =>
  edit(pane, row, (rows, id) => setMessage(rows, id, (message) => withCalls(message, change(message.tool_calls ?? []))), as);

export function addCall(pane, row) {
  const call = makeCall();
  editCalls(pane, row, (calls) => [...calls, call]);
}

export const Calls = ({ pane, row }) =>
  html`<ul class="calls" aria-label="Tool calls">
    ${row.message.tool_calls.map((call, index) => html`<${Call} key=${index} pane=${pane} row=${row} call=${call} index=${index} />`)}
    <li>
      <button type="button" class="quiet" onClick=${() => addCall(pane, row)}><${Icon} name="plus" />Add a call</button>
    </li>
    <${RoundEnd} pane=${pane} row=${row} />
  </ul>`;

function Call({ pane, row, call, index }) {
  const change = (next, as) => editCalls(pane, row, (calls) => calls.map((other, place) => (place === index ? next : other)), as);
  const called = (fields) => ({ ...call, function: { ...call.function, ...fields } });
  const problem = objectProblem(call.function.arguments);
  return html`<li class="call">
    <div class="call-top">
      <input
        class="mono function"
        aria-label="Function"
        placeholder="function"
        title=${call.function.name}
        value=${call.function.name}
        aria-invalid=${!call.function.name}
        onInput=${(event) => change(called({ name: event.target.value }), `function ${index}`)}
      />
      <input
        class="mono id"
        aria-label="Call id"
        placeholder="id"
        title=${call.id}
        value=${call.id}
        aria-invalid=${!call.id}
        onInput=${(event) => change({ ...call, id: event.target.value }, `id ${index}`)}
      />
      <${IconButton}
        icon="close"
        label=${`Remove the call ${call.function.name}`}
        onClick=${() => editCalls(pane, row, (calls) => calls.filter((_, place) => place !== index))}
      />
    </div>
    <${TextField}
      class="mono"
      aria-label=${`Arguments of ${call.function.name || "the call"}, JSON`}
      spellcheck=${false}
      text=${call.function.arguments}
      aria-invalid=${Boolean(problem)}
      onText=${(text) => change(called({ arguments: text }), `arguments ${index}`)}
    />
    <${CallAnswer} pane=${pane} row=${row} call=${call} place=${index} />
  </li>`;
}

/** A call as an answer on its way shows it. */
export const CallText = ({ call }) => html`<pre class="call"><b>${call.function.name}</b>(${call.function.arguments})</pre>`;

const OTHER = "\u0000other";

/** Which of the calls above ([{ id, name }]) a tool row answers. */
export function CallId({ pane, row, calls }) {
  const id = row.message.tool_call_id ?? "";
  const known = calls.some((call) => call.id === id);
  // Each pane's model numbers its own calls, so this is never synced.
  const set = (value) =>
    update((now) => changeRows(now, paneAt(now, pane), (rows) => setField(rows, row.id, "tool_call_id", value)), { as: `call ${row.id}` });
  return html`<div class="call-id">
    <label>
      answers
      <select value=${known ? id : OTHER} onChange=${(event) => set(event.target.value === OTHER ? "call_1" : event.target.value)}>
        ${calls.map((call) => html`<option key=${call.id} value=${call.id} selected=${call.id === id}>${call.name || "call"} (${call.id})</option>`)}
        <option value=${OTHER} selected=${!known}>${calls.length ? "another call" : "a call that is not above"}</option>
      </select>
    </label>
    ${!known && html`<label>id <input class="mono" value=${id} onInput=${(event) => set(event.target.value)} /></label>`}
    ${!known && html`<small class="problem">No call above has this id; most APIs refuse that.</small>`}
  </div>`;
}
