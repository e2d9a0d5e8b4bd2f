// The tools of a request in the panel: a list, ways to add one, the choice among them, and how rounds go on.
import { Menu } from "../controls.js";
import { html, Icon, IconButton, useRef, useState } from "../dom.js";
import { mocksOf } from "../document/mocks.js";
import { toolsProblems } from "../document/toolproblems.js";
import { choiceOf, choicesFor, defaultMarkup, joined, nameOf, parameterNames, toolOf, toolProblem, toolTexts } from "../document/tools.js";
import { runOnOf, withRunOn } from "../document/toolcalls.js";
import { modelInfo } from "../session/server.js";
import { getState, patch, update } from "../session/store.js";

const open = (kind, more = {}) => patch({ dialog: { kind, ...more } });

/** `Json` is the control for the bare text (params.js). */
export function ToolsControl({ Json, ...props }) {
  const { id, text, onChange } = props;
  const texts = toolTexts(text);
  const [raw, setRaw] = useState(false);
  const names = (texts ?? []).map((one) => nameOf(toolOf(one)));
  const sound = useRef(text); // the latest text that was a list of tools: the way back from one that is not
  if (texts !== null) sound.current = text;
  const { boot } = getState();
  const offer = (name, said, tool) => ({
    text: said,
    off: names.includes(name),
    why: "It is in the list",
    act: () => onChange(joined([...texts, tool])),
  });
  const items = () => [
    { text: "With a form", act: () => open("tool", { at: null }) },
    { text: "From a Python function", act: () => open("python") },
    { text: "As JSON", act: () => setRaw(true) },
    "-",
    ...boot.builtins.map(({ name, title, tool }) => offer(name, `${title}, which this app can run`, tool)),
    offer(boot.sample_tool.name, `A sample: ${boot.sample_tool.name}`, boot.sample_tool.tool),
  ];
  return html`${raw || texts === null
      ? html`<${Json} ...${props} />
          <${Problems} list=${toolsProblems(text)} />`
      : html`<ul class="tool-list" id=${id} tabindex="-1" aria-label="Tools of the request">
          ${texts.map((one, at) => html`<${Tool} key=${at} text=${one} at=${at} others=${names.toSpliced(at, 1)} onRemove=${() => onChange(joined(texts.toSpliced(at, 1)))} />`)}
          ${!texts.length && html`<li class="help">No tools yet.</li>`}
        </ul>`}
    <div class="tool-ways">
      <${Menu} label="Add a tool" text="Add a tool" icon="plus" items=${items} class="bordered" disabled=${texts === null} title=${texts === null ? BROKEN : undefined} />
      <span class="grow"></span>
      ${texts === null && html`<button type="button" class="quiet" title="Take the JSON back to what it was as a list" onClick=${() => (setRaw(false), onChange(sound.current))}>Back to the list</button>`}
      ${texts !== null && html`<button type="button" class="quiet" aria-pressed=${raw ? "true" : "false"} onClick=${() => setRaw(!raw)}>${raw ? "List" : "JSON"}</button>`}
    </div>
    <${Markup} count=${texts?.length ?? 0} />
    <${RunOn} />`;
}

const BROKEN = "The JSON is no list of tools yet";

const MOST = 5; // problems that are told at once

const Problems = ({ list }) =>
  list.length > 0 &&
  html`<ul class="problems" role="status">
    ${list.slice(0, MOST).map((problem) => html`<li key=${problem} class="problem">${problem}</li>`)}
    ${list.length > MOST && html`<li class="problem">${list.length - MOST} more</li>`}
  </ul>`;

function Tool({ text, at, others, onRemove }) {
  const tool = toolOf(text);
  const name = nameOf(tool);
  const count = parameterNames(tool).length;
  const problem = toolProblem(tool, others) ?? toolsProblems(`[${text}]`)[0];
  const { workspace } = getState();
  const mocked = Object.hasOwn(mocksOf(workspace, workspace.panes[workspace.active]), name);
  return html`<li class="tool-card">
    <button type="button" class="tool-open" aria-label=${`Edit the tool ${name}`} onClick=${() => open("tool", { at })}>
      <b>${name || "without a name"}</b>
      ${tool.function.description && html`<span class="said">${tool.function.description}</span>`}
      <small>${count} ${count === 1 ? "parameter" : "parameters"}${mocked ? " · mock saved" : ""}</small>
    </button>
    <${IconButton} icon="close" label=${`Remove the tool ${name}`} onClick=${onRemove} />
    ${problem && html`<p class="problem">${problem}</p>`}
  </li>`;
}

/** What becomes of tools where the active pane's model has no markup of its own for them. */
function Markup({ count }) {
  const { workspace } = getState();
  const why = count > 0 && defaultMarkup(modelInfo(workspace.panes[workspace.active]));
  return why && html`<p class="help tool-markup">${why}</p>`;
}

/** Whether the active pane goes on by itself after the results, and how far. */
function RunOn() {
  const { workspace } = getState();
  const pane = workspace.panes[workspace.active].id;
  const { on, limit } = runOnOf(workspace, pane);
  const change = (next) => update((now) => withRunOn(now, pane, next), { silent: true });
  return html`<div class="run-on">
    <label><input type="checkbox" checked=${on} onChange=${(event) => change({ on: event.target.checked })} /> Run on after the results</label>
    ${on &&
    html`<label class="steps">
      at most
      <input
        type="number"
        min="1"
        max="50"
        aria-label="Steps in a row"
        value=${limit}
        onChange=${(event) => {
          const steps = Math.min(50, Math.max(1, Math.round(Number(event.target.value)) || 1));
          event.target.value = steps;
          change({ limit: steps });
        }}
      />
      steps in a row
    </label>`}
    <p class="help">${on ? "Saved mocks and built-ins that you allowed answer by themselves; other calls wait for you." : "This pane waits for you after each result."}</p>
  </div>`;
}

/** What the model may or must call. */
export function ToolChoice({ id, text, onChange }) {
  const { workspace } = getState();
  const texts = toolTexts(workspace.panes[workspace.active].params.tools) ?? [];
  const choices = choicesFor(texts.map((one) => nameOf(toolOf(one))));
  const chosen = choiceOf(text, choices);
  const known = choices.some(([value]) => value === chosen);
  return html`<select id=${id} value=${chosen} onChange=${(event) => onChange(event.target.value === "default" ? null : event.target.value)}>
    <option value="default">default</option>
    ${choices.map(([value, label], at) => html`<option key=${value} value=${value} selected=${value === chosen}>${at < 3 ? label : `only ${label}`}</option>`)}
    ${!known && html`<option value=${chosen} selected>${chosen}</option>`}
  </select>
  ${!known && html`<p class="problem">The request has no such tool.</p>`}`;
}
