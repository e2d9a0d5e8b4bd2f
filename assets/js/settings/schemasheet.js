// The schema of a response format, in a sheet: its fields beside its JSON, each following the other.
import { Dialog } from "../controls.js";
import { html } from "../dom.js";
import { textOf } from "../document/message.js";
import { formatOf, withSchema, withSchemaField, withSchemaFormat } from "../document/responseformat.js";
import { schemaProblems } from "../document/schemacheck.js";
import { inferred, SAMPLES, valueIn } from "../document/schemasamples.js";
import { isName } from "../document/tools.js";
import { changeSettings, paneAt } from "../document/workspace.js";
import { patch, update } from "../session/store.js";
import { JsonSource } from "./jsonsource.js";
import { SchemaBuilder } from "./schemabuilder.js";

export function SchemaSheet({ state }) {
  const { workspace } = state;
  const pane = workspace.panes[workspace.active];
  const format = formatOf(pane);
  const change = (rewrite, as) =>
    update((current) => changeSettings(current, current.active, ({ params, ...rest }) => ({ ...rest, params: { ...params, response_format: rewrite(params.response_format ?? "") } })), {
      as: as && `${pane.id} ${as}`,
    });
  const setText = (text, as = null) => change((whole) => withSchema(whole, text), as);
  return html`<${Dialog} label="Schema of the answer" kind="schema-sheet" onClose=${() => patch({ dialog: null })}>
    ${format.kind === "schema"
      ? html`<${Head} format=${format} rows=${pane.rows} change=${change} setText=${setText} />
          <div class="schema-columns">
            <${SchemaBuilder} text=${format.text} onText=${setText} />
            <${JsonSource} label="Schema, JSON" text=${format.text} problems=${schemaProblems(format.text)} fine="A valid JSON schema. What a model can't hold to, it says when it runs." onText=${setText} />
          </div>`
      : html`<p class="help sheet-scroll">The response format is no schema any more.</p>`}
  <//>`;
}

const NAME_RULE = "A name has letters A to Z and a to z, digits, _ and -, 64 at most.";

const written = (schema) => JSON.stringify(schema, null, 2);

function Head({ format, rows, change, setText }) {
  const answer = lastJson(rows);
  const named = isName(format.name);
  return html`<div class="bar schema-head">
    <label title=${NAME_RULE}>Name <input value=${format.name} maxlength="64" aria-invalid=${named ? undefined : "true"} spellcheck=${false} onInput=${(event) => change((whole) => withSchemaField(whole, "name", event.target.value), "schema name")} /></label>
    <label title="OpenAI's strict mode: every field required, no others allowed">
      <input type="checkbox" checked=${format.strict === true} onChange=${(event) => change((whole) => withSchemaField(whole, "strict", event.target.checked || null))} />
      strict
    </label>
    ${!named && html`<p class="problem">${NAME_RULE}</p>`}
    <span class="grow"></span>
    <select
      aria-label="Start from a sample"
      value=""
      onChange=${(event) => {
        setText(written(SAMPLES[event.target.value][1]));
        event.target.value = "";
      }}
    >
      <option value="" selected>Start from a sample…</option>
      ${SAMPLES.map(([name], place) => html`<option key=${place} value=${place}>${name}</option>`)}
    </select>
    <button
      type="button"
      disabled=${answer === undefined}
      title=${answer === undefined ? "The conversation has no answer that is JSON" : "Make a schema that the latest JSON answer follows"}
      onClick=${() => setText(written(inferred(answer)))}
    >
      Infer from the last answer
    </button>
  </div>`;
}

/** The value of the last answer that is JSON; undefined if there is none. */
function lastJson(rows) {
  const answers = rows.filter(({ message, status }) => message.role === "assistant" && status !== "running");
  return answers.map(({ message }) => valueIn(textOf(message))).findLast((value) => value !== undefined);
}

/** Have a pane ask for what this value is like, and show the schema. */
export function inferFrom(pane, value) {
  const asked = (settings) => ({ ...settings, ...withSchemaFormat(settings, written(inferred(value))) });
  update((now) => changeSettings({ ...now, active: paneAt(now, pane) }, paneAt(now, pane), asked));
  patch({ dialog: { kind: "schema" } });
}
