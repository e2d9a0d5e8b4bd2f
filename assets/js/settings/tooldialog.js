// One tool in a dialog: by a form, with its JSON beside; and tools read from Python functions.
import { Dialog } from "../controls.js";
import { html, Icon, useState } from "../dom.js";
import { indented } from "../document/jsontext.js";
import { schemaProblems } from "../document/schemacheck.js";
import {
  joined,
  makeTool,
  nameOf,
  noTool,
  PARAMETERS,
  parametersNode,
  toolOf,
  toolProblem,
  toolTexts,
  withFirstParameter,
  withToolField,
} from "../document/tools.js";
import { setParam } from "../document/workspace.js";
import { askPython, LOST_SERVER } from "../session/server.js";
import { patch, update } from "../session/store.js";
import { setMock } from "../session/toolruns.js";
import { JsonSource } from "./jsonsource.js";
import { SchemaFields } from "./schemabuilder.js";

const close = () => patch({ dialog: null });

const textsNow = (workspace) => toolTexts(workspace.panes[workspace.active].params.tools) ?? [];

const put = (change) => update((now) => setParam(now, now.active, "tools", joined(change(textsNow(now)))));

/** dialog: { at }, the place of the tool in the list, or null for a new one. */
export function ToolDialog({ state, dialog: { at } }) {
  const texts = textsNow(state.workspace);
  const names = texts.map((one) => nameOf(toolOf(one)));
  const others = at === null ? names : names.toSpliced(at, 1);
  const [begun] = useState(() => (at === null ? makeTool(names) : indented(texts[at])));
  const [text, setText] = useState(begun);
  const [mock, setMockText] = useState(() => (at === null ? "" : (state.workspace.mocks[names[at]] ?? "")));
  const wrong = noTool(text);
  const problem = wrong ?? toolProblem(toolOf(text), others);
  const problems = problem ? [problem] : schemaProblems(text, PARAMETERS);
  const save = (event) => {
    event.preventDefault();
    if (problem) return;
    const name = nameOf(toolOf(text));
    const before = state.workspace.mocks[name] ?? "";
    if (at === null || text !== begun) put((now) => (at === null ? [...now, text] : now.with(at, text)));
    if (mock !== before) setMock(name, mock || null);
    close();
  };
  return html`<${Dialog} label=${at === null ? "New tool" : `Tool ${names[at] ?? ""}`} kind="schema-sheet" onClose=${close}>
    <form class="tool-editor" onSubmit=${save}>
      <div class="schema-columns">
        <section class="schema-builder" aria-label="Form">
          ${wrong ? html`<p class="help">The form comes back as soon as the JSON is a tool.</p>` : html`<${Fields} text=${text} onText=${setText} />`}
          <label class="tool-line">
            Mock: what answers a call to it, where you have no answer yourself
            <textarea class="mono" rows="2" spellcheck=${false} value=${mock} onInput=${(event) => setMockText(event.target.value)}></textarea>
          </label>
        </section>
        <${JsonSource} label="Tool, JSON" text=${text} problems=${problems} fine="A tool as it is sent." onText=${setText} />
      </div>
      <div class="tool-end">
        <span class="grow"></span>
        <button type="button" class="quiet" onClick=${close}>Cancel</button>
        <button type="submit" class="bordered primary" disabled=${Boolean(problem)}>${at === null ? "Add the tool" : "Save"}</button>
      </div>
    </form>
  <//>`;
}

function Fields({ text, onText }) {
  const tool = toolOf(text);
  const node = parametersNode(text);
  const set = (field) => (event) => onText(withToolField(text, field, event.target.value));
  return html`<label class="tool-line">Name<input class="mono" spellcheck=${false} value=${nameOf(tool)} onInput=${set("name")} /></label>
    <label class="tool-line">
      Description
      <textarea rows="2" placeholder="When and why to call it, for the model" value=${tool.function.description ?? ""} onInput=${set("description")}></textarea>
    </label>
    <h3>Parameters</h3>
    ${node
      ? html`<${SchemaFields} text=${text} node=${node} onText=${onText} name="the tool" noun="parameter" />`
      : html`<button type="button" class="quiet add-field" aria-label="Add a parameter to the tool" onClick=${() => onText(withFirstParameter(text))}><${Icon} name="plus" />Add a parameter</button>`}`;
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
    <form class="sheet-scroll tool-form" onSubmit=${read}>
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
