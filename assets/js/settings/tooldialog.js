// One tool in a dialog: by a form, with its JSON beside; and tools read from Python functions.
import { Dialog } from "../controls.js";
import { html, Icon, IconButton, useState } from "../dom.js";
import { indented, objectProblem } from "../document/jsontext.js";
import {
  choicesText,
  joined,
  makeTool,
  nameOf,
  parametersOf,
  textOfTool,
  toolOf,
  toolProblem,
  toolTexts,
  typeOf,
  TYPES,
  withChoices,
  withDescription,
  withFunction,
  withParameters,
  withText,
  withType,
} from "../document/tools.js";
import { setParam } from "../document/workspace.js";
import { askPython, LOST_SERVER } from "../session/server.js";
import { getState, patch, update } from "../session/store.js";
import { setMock } from "../session/toolruns.js";

const close = () => patch({ dialog: null });

const textsNow = (workspace) => toolTexts(workspace.panes[workspace.active].params.tools) ?? [];

const put = (change) => update((now) => setParam(now, now.active, "tools", joined(change(textsNow(now)))));

/** dialog: { at }, the place of the tool in the list, or null for a new one. */
export function ToolDialog({ state, dialog: { at } }) {
  const texts = textsNow(state.workspace);
  const names = texts.map((one) => nameOf(toolOf(one)));
  const others = at === null ? names : names.toSpliced(at, 1);
  const [text, setText] = useState(() => (at === null ? textOfTool(makeTool(names)) : texts[at]));
  const [mock, setMockText] = useState(() => (at === null ? "" : (state.workspace.mocks[names[at]] ?? "")));
  const wrong = objectProblem(text) ?? (JSON.parse(text).function instanceof Object ? null : 'A tool is {"type": "function", "function": {…}}.');
  const tool = wrong ? null : toolOf(text);
  const problem = wrong ?? toolProblem(tool, others);
  const change = (next) => setText(textOfTool(next));
  const save = (event) => {
    event.preventDefault();
    if (problem) return;
    const before = state.workspace.mocks[nameOf(tool)] ?? "";
    put((now) => (at === null ? [...now, text] : now.with(at, text)));
    if (mock !== before) setMock(nameOf(tool), mock || null);
    close();
  };
  return html`<${Dialog} label=${at === null ? "New tool" : `Tool ${names[at] ?? ""}`} kind="tool-sheet" onClose=${close}>
    <form class="sheet-scroll tool-form" onSubmit=${save}>
      <div class="tool-fields">
        ${tool ? html`<${Fields} tool=${tool} onChange=${change} />` : html`<p class="problem">The JSON can't be shown as a form yet.</p>`}
        <label>Mock: what answers a call to it, where you have no answer yourself
          <textarea class="mono" rows="2" spellcheck=${false} value=${mock} onInput=${(event) => setMockText(event.target.value)}></textarea>
        </label>
      </div>
      <div class="tool-json">
        <label>JSON, as it is sent<textarea class="mono" rows="18" spellcheck=${false} value=${indented(text)} onChange=${(event) => setText(event.target.value)}></textarea></label>
      </div>
      <div class="tool-end">
        ${problem && html`<p class="problem" role="alert">${problem}</p>`}
        <span class="grow"></span>
        <button type="button" class="quiet" onClick=${close}>Cancel</button>
        <button type="submit" class="bordered primary" disabled=${Boolean(problem)}>${at === null ? "Add the tool" : "Save"}</button>
      </div>
    </form>
  <//>`;
}

function Fields({ tool, onChange }) {
  const rows = parametersOf(tool);
  const put = (at, row) => onChange(withParameters(tool, rows.with(at, row)));
  const fresh = () => `parameter_${rows.length + 1}`;
  return html`<label>Name<input class="mono" value=${nameOf(tool)} onInput=${(event) => onChange(withFunction(tool, { name: event.target.value }))} /></label>
    <label>Description
      <textarea rows="2" placeholder="When and why to call it, for the model" value=${tool.function.description ?? ""} onInput=${(event) => onChange(withDescription(tool, event.target.value))}></textarea>
    </label>
    <h3>Parameters</h3>
    <ul class="tool-params">
      ${rows.map((row, at) => html`<${Parameter} key=${at} row=${row} at=${at} onChange=${(next) => put(at, next)} onRemove=${() => onChange(withParameters(tool, rows.toSpliced(at, 1)))} />`)}
    </ul>
    <button type="button" class="quiet" onClick=${() => onChange(withParameters(tool, [...rows, { name: fresh(), schema: { type: "string" }, required: true }]))}>
      <${Icon} name="plus" />Add a parameter
    </button>`;
}

function Parameter({ row, at, onChange, onRemove }) {
  const { name, schema } = row;
  const type = typeOf(schema);
  const change = (next) => onChange({ ...row, schema: next });
  const [choices, setChoices] = useState(null); // as typed, while the field has the focus
  const which = `of parameter ${at + 1}`;
  return html`<li>
    <div class="tool-param">
      <input class="mono" aria-label=${`Name ${which}`} value=${name} aria-invalid=${!name} onInput=${(event) => onChange({ ...row, name: event.target.value })} />
      ${type === null
        ? html`<span class="help">as the JSON says</span>`
        : html`<select aria-label=${`Type ${which}`} value=${type} onChange=${(event) => change(withType(schema, event.target.value))}>
            ${TYPES.map((one) => html`<option value=${one} selected=${one === type}>${one}</option>`)}
            <option value="" selected=${type === ""}>any</option>
          </select>`}
      <label class="check"><input type="checkbox" checked=${row.required} onChange=${(event) => onChange({ ...row, required: event.target.checked })} /> required</label>
      <${IconButton} icon="close" label=${`Remove parameter ${name}`} onClick=${onRemove} />
    </div>
    <input aria-label=${`Description ${which}`} placeholder="description" value=${schema?.description ?? ""} onInput=${(event) => change(withText(schema, "description", event.target.value))} />
    ${["string", "integer", "number"].includes(type) &&
    html`<input
      class="mono"
      aria-label=${`Choices ${which}`}
      placeholder="only one of: a, b, c"
      value=${choices ?? choicesText(schema)}
      onInput=${(event) => {
        setChoices(event.target.value);
        change(withChoices(schema, event.target.value));
      }}
      onBlur=${() => setChoices(null)}
    />`}
  </li>`;
}

const SAMPLE = 'def get_weather(city: str, unit: Literal["C", "F"] = "C") -> str:\n    """The weather in a city now.\n\n    Args:\n        city: Name of the city.\n    """';

export function PythonDialog() {
  const [text, setText] = useState("");
  const [told, setTold] = useState(null);
  const read = async (event) => {
    event.preventDefault();
    const answer = (await askPython(text).catch(() => null)) ?? { error: LOST_SERVER };
    setTold(answer);
    if (answer.error) return;
    put((now) => [...now, ...answer.tools]);
    if (!answer.notes.length) close();
  };
  const done = told && !told.error;
  return html`<${Dialog} label="Tools from Python functions" kind="tool-sheet" onClose=${close}>
    <form class="sheet-scroll tool-form one" onSubmit=${read}>
      <label>Functions with annotations and docstrings; the code is read, never run
        <textarea class="mono" rows="14" spellcheck=${false} placeholder=${SAMPLE} value=${text} readonly=${done} onInput=${(event) => (setText(event.target.value), setTold(null))}></textarea>
      </label>
      ${told?.error && html`<p class="problem" role="alert">${told.error.message} ${told.error.advice}</p>`}
      ${done && html`<div role="status"><p>Added: ${told.tools.map((one) => nameOf(JSON.parse(one))).join(", ")}.</p>${told.notes.map((note) => html`<p class="help" key=${note}>${note}</p>`)}</div>`}
      <div class="tool-end">
        <span class="grow"></span>
        <button type="button" class="quiet" onClick=${close}>${done ? "Close" : "Cancel"}</button>
        ${!done && html`<button type="submit" class="bordered primary" disabled=${!text.trim()}>Add as tools</button>`}
      </div>
    </form>
  <//>`;
}
