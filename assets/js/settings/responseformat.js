// The response format in the parameter panel: which kind, and what that kind needs. All of it is read from the pane's
// texts (document/responseformat.js), and written there.
import { html, Icon, useRef, useState } from "../dom.js";
import { readJson } from "../document/jsonplaces.js";
import { jsonProblem } from "../document/jsontext.js";
import { askedFormat, formatOf, KINDS, regexParam, takesStructured, withKind, withStructured } from "../document/responseformat.js";
import { schemaProblems } from "../document/schemacheck.js";
import { fieldsOf, TYPES, typeOf } from "../document/schemafields.js";
import { changeSettings } from "../document/workspace.js";
import { patch, update } from "../session/store.js";

const ID = "param-response_format";

export function ResponseFormat({ pane, index, param, refused }) {
  const format = formatOf(pane);
  const set = format.kind !== "none";
  const change = (settings, as) => update((current) => changeSettings(current, index, (now) => ({ ...now, ...settings(now) })), { as: as && `${pane.id} ${as}` });
  const setParam = (text) => change(({ params }) => ({ params: { ...params, response_format: text } }), "response_format");
  const setExtra = (kind, value) => change(({ extra }) => ({ extra: withStructured(extra, kind, value) }), "response_format");
  const kept = useRef({}); // what each kind said, by pane, for when it is chosen again
  const choose = (kind) => {
    kept.current[`${pane.id} ${format.kind}`] = askedFormat(pane);
    change((now) => withKind(now, kind, kept.current[`${pane.id} ${kind}`]));
  };
  const Body = BODIES[format.kind];
  const offered = (kind) => kind === format.kind || ((kind !== "grammar" && kind !== "choice") || takesStructured(pane.extra));
  return html`<div class="param" data-set=${set} data-refused=${Boolean(refused)} data-param=${param.name} data-kind=${format.kind}>
    <div class="line"><label for=${ID} title=${param.help}>${param.label}</label></div>
    <select id=${ID} value=${format.kind} disabled=${Boolean(refused) && !set} onChange=${(event) => choose(event.target.value)}>
      ${format.kind === "custom" && html`<option value="custom" selected>Other, as JSON</option>`}
      ${KINDS.map(([kind, name]) => html`<option key=${kind} value=${kind} selected=${kind === format.kind} disabled=${!offered(kind) || (Boolean(refused) && kind !== "none")}>${name}</option>`)}
    </select>
    ${Body && html`<fieldset disabled=${Boolean(refused)}><${Body} format=${format} setParam=${setParam} setExtra=${setExtra} /></fieldset>`}
    ${format.double && html`<p class="problem">Extra JSON has structured_outputs too; most servers take only one of them.</p>`}
    ${refused ? html`<p class="reason">${set ? "Choose None: " : ""}${refused}</p>` : html`<p class="help">${HELP[format.kind]}</p>`}
  </div>`;
}

const HELP = {
  none: "The model answers as it likes.",
  json: "The answer is a JSON object, of any fields. Some APIs ask that the prompt says so.",
  schema: "The answer is JSON that follows the schema.",
  regex: "The whole answer matches the pattern. For local models and TGI.",
  grammar: "A grammar in Lark or GBNF. For local models and vLLM; sent as structured_outputs in Extra JSON.",
  choice: "The answer is one of these. For local models and vLLM; sent as structured_outputs in Extra JSON.",
  custom: "Sent as it is written.",
};

const Area = ({ label, text, onText, rows = 2 }) =>
  html`<textarea
    class="mono"
    aria-label=${label}
    rows=${Math.min(14, Math.max(rows, text.split("\n").length))}
    spellcheck=${false}
    value=${text}
    onInput=${(event) => onText(event.target.value)}
  ></textarea>`;

function Schema({ format }) {
  const problems = schemaProblems(format.text);
  const { node } = readJson(format.text);
  const open = () => patch({ dialog: { kind: "schema" } });
  return html`<div class="format-schema">
    ${node && html`<ul class="outline" aria-label="Fields of the schema"><${Outline} text=${format.text} node=${node} /></ul>`}
    ${problems.length > 0 && html`<p class="problem">${problems[0]}${problems.length > 1 ? ` And ${problems.length - 1} more.` : ""}</p>`}
    <button type="button" class="edit-schema" onClick=${open}><${Icon} name="edit" />Edit schema</button>
  </div>`;
}

const MOST = 8;

/** The fields of a schema's outermost object in a line each. */
function Outline({ text, node }) {
  if (typeOf(text, node) !== "object") return html`<li>${nameOf(typeOf(text, node))}</li>`;
  const fields = fieldsOf(text, node);
  return html`${fields.slice(0, MOST).map(
      ({ name, node: field, required }, place) =>
        html`<li key=${place}><code>${name}</code><span>${nameOf(typeOf(text, field))}${required ? "" : ", optional"}</span></li>`,
    )}
    ${fields.length > MOST && html`<li><span>${fields.length - MOST} more</span></li>`}
    ${!fields.length && html`<li><span>No fields yet</span></li>`}`;
}

const nameOf = (type) => TYPES.find(([known]) => known === type)?.[1].toLowerCase() ?? "custom";

function Regex({ format, setParam }) {
  const problem = patternProblem(format.text);
  return html`<${Area} label="Pattern" text=${format.text} onText=${(text) => setParam(regexParam(text))} />
    ${problem && html`<p class="problem">${problem}</p>`}`;
}

function patternProblem(pattern) {
  if (!pattern) return "A pattern is missing";
  try {
    new RegExp(pattern, "u");
    return null;
  } catch (error) {
    return `The browser can't read it: ${error.message.split(": ").at(-1)}. A server may.`;
  }
}

const Grammar = ({ format, setExtra }) =>
  html`<${Area} label="Grammar" rows=${4} text=${format.text} onText=${(text) => setExtra("grammar", text)} />
    ${!format.text.trim() && html`<p class="problem">A grammar is missing</p>`}`;

/** One choice a line; what is typed stays until the choices change from elsewhere. */
function Choices({ format, setExtra }) {
  const [typed, keep] = useState("");
  const lines = typed.split("\n").filter(Boolean);
  const text = lines.join("\n") === format.choices.join("\n") ? typed : format.choices.join("\n");
  const change = (next) => {
    keep(next);
    setExtra("choice", next.split("\n").filter(Boolean));
  };
  return html`<${Area} label="Choices, one a line" rows=${3} text=${text} onText=${change} />
    ${!format.choices.length && html`<p class="problem">A choice is missing</p>`}`;
}

/** A form that has no fields here: the JSON itself; one in the extra JSON is edited there. */
function Custom({ format, setParam }) {
  if (format.extra) return html`<p class="help">structured_outputs in Extra JSON says it.</p>`;
  const problem = jsonProblem(format.text);
  return html`<${Area} label="Response format, JSON" text=${format.text} onText=${setParam} />
    ${problem && html`<p class="problem">${problem}</p>`}`;
}

const BODIES = { schema: Schema, regex: Regex, grammar: Grammar, choice: Choices, custom: Custom };
