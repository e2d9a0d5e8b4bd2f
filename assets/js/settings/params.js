// The parameter panel, made from the PARAMS table: each is "default" (not sent) until it is given a value.
import { html, IconButton, useLayoutEffect, useRef, useState } from "../dom.js";
import { modelInfo } from "../session/server.js";
import { indented, jsonProblem, objectProblem } from "../document/jsontext.js";
import { Presets } from "./presets.js";
import { ResponseFormat } from "./responseformat.js";
import { update } from "../session/store.js";
import { ThinkingSwitches } from "./thinking.js";
import { ToolChoice, ToolsControl } from "./tools.js";
import { changeSettings, setParam } from "../document/workspace.js";

const THINKING = "Output"; // the group of the reasoning effort

export function Params({ state }) {
  const { workspace, boot } = state;
  const index = workspace.active;
  const pane = workspace.panes[index];
  const refuses = modelInfo(pane)?.refuses ?? {};
  const groups = [...new Set(boot.params.map((param) => param.group))];
  const changed = Object.keys(pane.params).length + (pane.extra.trim() ? 1 : 0) + (pane.thoughts ? 1 : 0);
  const change = (settings, as) => update((current) => changeSettings(current, index, (now) => ({ ...now, ...settings })), { as });
  return html`<div class="params" aria-label=${`Parameters of pane ${index + 1}`} role="group">
    <div class="bar">
      <h2>${workspace.panes.length > 1 ? (workspace.sync.params ? "All panes" : `Pane ${index + 1}`) : "Request"}</h2>
      <span class="grow"></span>
      ${changed > 0 && html`<button type="button" class="quiet" onClick=${() => change({ params: {}, extra: "", thoughts: false })}>Reset ${changed}</button>`}
    </div>
    <${Presets} workspace=${workspace} index=${index} />
    ${groups.map(
      (group) =>
        html`<section key=${group}>
          <h3>${group}</h3>
          ${boot.params
            .filter((param) => param.group === group)
            .map(
              (param) =>
                html`<${PICKERS[param.name] ?? Param}
                  pane=${pane}
                  index=${index}
                  key=${`${pane.id}.${param.name}`}
                  param=${param}
                  text=${pane.params[param.name] ?? null}
                  refused=${refuses[param.name] ?? null}
                  onChange=${(text) => update((current) => setParam(current, index, param.name, text), { as: `${pane.id} ${param.name}` })}
                />`,
            )}
          ${group === THINKING && html`<${ThinkingSwitches} pane=${pane} info=${modelInfo(pane)} onChange=${change} />`}
        </section>`,
    )}
    <section>
      <h3>Extra JSON</h3>
      <${Extra}
        key=${pane.id}
        text=${pane.extra}
        reserved=${["model", "messages", "stream", "stream_options", ...boot.params.map((param) => param.name)]}
        onChange=${(extra) => change({ extra }, `${pane.id} extra`)}
      />
    </section>
  </div>`;
}

/** Parameters that have a control of their own. */
const PICKERS = { response_format: ResponseFormat };

function Param({ param, text, refused, onChange }) {
  const id = `param-${param.name}`;
  const set = text !== null;
  const line = useRef(null);
  const moved = useRef(false); // whether the user has just switched, so that the focus goes along
  const switchTo = (value) => {
    moved.current = true;
    onChange(value);
  };
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    const field = line.current.parentElement.querySelector(set ? `#${id}` : ".default");
    field?.focus();
    field?.select?.();
  }, [set]);
  return html`<div class="param" data-set=${set} data-refused=${Boolean(refused)} data-param=${param.name}>
    <div class="line" ref=${line}>
      <label for=${set ? id : undefined} title=${param.help}>${param.label}</label>
      ${set
        ? html`<${IconButton} icon="close" label=${`Set ${param.label} back to default`} onClick=${() => switchTo(null)} />`
        : html`<button
            type="button"
            class="default"
            disabled=${Boolean(refused)}
            aria-label=${`${param.label}: default. Give it a value.`}
            onClick=${() => switchTo(param.start)}
          >
            default
          </button>`}
    </div>
    ${set &&
    html`<fieldset disabled=${Boolean(refused)}><${Control} id=${id} param=${param} text=${text} onChange=${onChange} /></fieldset>`}
    ${refused ? html`<p class="reason">${set ? "Set it back to default: " : ""}${refused}</p>` : set && html`<p class="help">${text === "" ? "Not sent while empty. " : ""}${param.help}${rangeOf(param)}</p>`}
  </div>`;
}

const rangeOf = ({ low, high }) =>
  low === null && high === null ? "" : high === null ? ` At least ${low}.` : ` ${low} to ${high}.`;

const OWN = { tools: ToolsControl, tool_choice: ToolChoice };

function Control(props) {
  const { kind, choices, name } = props.param;
  if (OWN[name]) return html`<${OWN[name]} Json=${JsonControl} ...${props} />`;
  if (kind === "int" || kind === "float") return html`<${NumberControl} ...${props} />`;
  if (kind === "bool") return html`<${BoolControl} ...${props} />`;
  if (choices.length) return html`<${ChoiceControl} ...${props} />`;
  if (kind === "strings") return html`<${StringsControl} ...${props} />`;
  return html`<${JsonControl} ...${props} />`;
}

/** Slider and number together; the number's text is sent as it was typed, so large integers stay exact. */
function NumberControl({ id, param, text, onChange }) {
  const problem = numberProblem(param, text);
  const [low, high] = param.range ?? [];
  return html`<div class="number">
      ${param.range &&
      html`<input
        type="range"
        aria-label=${`${param.label} slider`}
        min=${low}
        max=${high}
        step=${param.step}
        value=${text}
        onInput=${(event) => onChange(event.target.value)}
      />`}
      <input
        id=${id}
        inputmode="decimal"
        autocomplete="off"
        value=${text}
        aria-invalid=${Boolean(problem)}
        onInput=${(event) => onChange(event.target.value.trim())}
      />
    </div>
    ${problem && html`<p class="problem">${problem}</p>`}`;
}

function numberProblem({ kind, low, high }, text) {
  if (text === "") return null;
  const whole = kind === "int";
  if (!(whole ? /^-?\d+$/ : /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/).test(text)) return whole ? "A whole number" : "A number";
  const value = Number(text);
  if (low !== null && value < low) return `At least ${low}`;
  if (high !== null && value > high) return `At most ${high}`;
  return null;
}

const BoolControl = ({ id, text, onChange }) =>
  html`<select id=${id} value=${text} onChange=${(event) => onChange(event.target.value)}>
    <option value="true" selected=${text === "true"}>true</option>
    <option value="false" selected=${text === "false"}>false</option>
  </select>`;

const ChoiceControl = ({ id, param, text, onChange }) =>
  html`<select id=${id} value=${text} onChange=${(event) => onChange(event.target.value)}>
    ${param.choices.map((choice) => html`<option value=${JSON.stringify(choice)} selected=${JSON.stringify(choice) === text}>${choice}</option>`)}
  </select>`;

/** What a field shows for a value: as it was typed, until the value changes from elsewhere (undo, a preset). */
function useShown(text, show) {
  const [typed, setTyped] = useState(() => ({ text, shown: show(text) }));
  const shown = typed.text === text ? typed.shown : show(text);
  return [shown, (next, value) => setTyped({ text: value, shown: next })];
}

/** One text a line; \n and \t stand for a line break and a tab. */
function StringsControl({ id, text, onChange }) {
  const [lines, keep] = useShown(text, (value) => parse(value, []).map(escapeLine).join("\n"));
  return html`<textarea
      id=${id}
      rows="2"
      spellcheck=${false}
      value=${lines}
      onInput=${(event) => {
        const lines = event.target.value.split("\n").filter(Boolean).map(unescapeLine);
        const next = lines.length ? JSON.stringify(lines) : "";
        keep(event.target.value, next);
        onChange(next);
      }}
    ></textarea>
    <p class="help">One a line; write \\n for a line break.</p>`;
}

const escapeLine = (text) => text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\t/g, "\\t");
const unescapeLine = (line) => line.replace(/\\(.)/g, (_, mark) => ({ n: "\n", t: "\t" })[mark] ?? mark);

function JsonControl({ id, text, onChange }) {
  const [shown, keep] = useShown(text, indented);
  return html`<textarea
      id=${id}
      class="mono"
      rows=${Math.min(14, shown.split("\n").length + 1)}
      spellcheck=${false}
      value=${shown}
      onInput=${(event) => {
        keep(event.target.value, event.target.value);
        onChange(event.target.value);
      }}
    ></textarea>
    ${shown.trim() && html`<${Problem} text=${shown} />`}`;
}

function Extra({ text, reserved, onChange }) {
  return html`<div class="param" data-set=${Boolean(text.trim())}>
    <textarea
      class="mono"
      rows="3"
      spellcheck=${false}
      aria-label="Extra JSON"
      placeholder='{"provider_field": 1}'
      value=${text}
      onInput=${(event) => onChange(event.target.value)}
    ></textarea>
    ${text.trim() && html`<${Problem} text=${text} reserved=${reserved} />`}
    <p class="help">Fields that a provider adds, sent as they are.</p>
  </div>`;
}

function Problem({ text, reserved = null }) {
  const problem = reserved ? extraProblem(text, reserved) : jsonProblem(text);
  return problem && html`<p class="problem">${problem}</p>`;
}

/** What is wrong with the extra fields, or null: an object, and none of the reserved keys. */
function extraProblem(text, reserved) {
  const problem = objectProblem(text);
  if (problem) return problem;
  const taken = Object.keys(JSON.parse(text)).filter((key) => reserved.includes(key));
  return taken.length ? `${taken.join(", ")}: use the control of that name` : null;
}

const parse = (text, otherwise) => {
  try {
    return [].concat(JSON.parse(text));
  } catch {
    return otherwise;
  }
};
