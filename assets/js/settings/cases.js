// The table of variables: a column a name, a row a test case. Run takes the chosen row, or all of them in turn.
import { html, Icon, IconButton } from "../dom.js";
import { TextField } from "../field.js";
import { runOf, runPanes, targets } from "../session/runs.js";
import { getState, patch, update } from "../session/store.js";
import { chooseCase } from "../document/workspace.js";
import { addCase, keepAsText, missingIn, removeCase, setValue } from "../document/variables.js";

const change = (edit, as = null) => update((current) => ({ ...current, variables: edit(current.variables) }), { as });

export function Cases({ state, names }) {
  const { variables, panes } = state.workspace;
  const busy = panes.some(runOf);
  const several = variables.rows.length > 1;
  return html`<div class="cases">
    ${names.length === 0 &&
    html`<p class="help">
      Write <code>${"{{name}}"}</code> in any message: it appears here, and is filled in when the conversation is run. With several
      rows of values, each row is a test case.
    </p>`}
    ${names.length > 0 &&
    html`<ol>
        ${variables.rows.map((row, index) => html`<${Case} key=${row.id} row=${row} index=${index} names=${names} variables=${variables} busy=${busy} />`)}
      </ol>
      <div class="bar">
        <button type="button" class="quiet" onClick=${() => change((now) => addCase(now))}><${Icon} name="plus" />Add a row</button>
        <span class="grow"></span>
        ${several &&
        html`<button type="button" class="run" disabled=${busy} onClick=${() => runAll(names)}>Run all ${variables.rows.length} rows</button>`}
      </div>
      ${several &&
      html`<button type="button" class="quiet" onClick=${() => patch({ dialog: { kind: "comparison", tab: "rows" } })}>
        <${Icon} name="compare" />Answers by row
      </button>`}`}
    ${variables.literal.length > 0 &&
    html`<section>
      <h3>Kept as text</h3>
      <ul class="literal">
        ${variables.literal.map(
          (name) =>
            html`<li key=${name}>
              <code>${`{{${name}}}`}</code>
              <button type="button" class="quiet" onClick=${() => change((now) => keepAsText(now, [name], false))}>Make it a variable</button>
            </li>`,
        )}
      </ul>
    </section>`}
  </div>`;
}

function Case({ row, index, names, variables, busy }) {
  const chosen = row.id === variables.chosen;
  const several = variables.rows.length > 1;
  const missing = missingIn(row, names);
  return html`<li data-chosen=${chosen}>
    ${several &&
    html`<div class="case-top">
      <label>
        <input
          type="radio"
          name="case"
          checked=${chosen}
          onChange=${() => update((now) => chooseCase(now, row.id))}
        />
        Row ${index + 1}
      </label>
      <span class="grow"></span>
      <button type="button" class="quiet" disabled=${busy} onClick=${() => runPanes(targets(getState().workspace), [row.id])}>Run</button>
      <${IconButton} icon="copy" label=${`Duplicate row ${index + 1}`} onClick=${() => change((now) => addCase(now, row))} />
      <${IconButton} icon="trash" label=${`Delete row ${index + 1}`} onClick=${() => change((now) => removeCase(now, row.id))} />
    </div>`}
    ${names.map(
      (name) =>
        html`<div class="value" key=${name}>
          <label for=${`value-${row.id}-${name}`}>${name}</label>
          <${TextField}
            id=${`value-${row.id}-${name}`}
            data-name=${name}
            text=${row.values[name] ?? ""}
            placeholder=${row.values[name] === "" ? "empty" : "no value yet"}
            aria-invalid=${missing.includes(name)}
            onText=${(text) => change((now) => setValue(now, row.id, name, text), `value ${row.id} ${name}`)}
          />
          <button
            type="button"
            class="quiet"
            title="This is no variable: send it as it is written"
            onClick=${() => change((now) => keepAsText(now, [name], true))}
          >
            keep as text
          </button>
        </div>`,
    )}
  </li>`;
}

/** Run every row that has all its values; say which have not. */
function runAll(names) {
  const { workspace } = getState();
  const { rows } = workspace.variables;
  const whole = rows.filter((row) => !missingIn(row, names).length);
  const without = rows.flatMap((row, index) => (whole.includes(row) ? [] : [index + 1]));
  if (without.length) patch({ notice: `${without.length > 1 ? "Rows" : "Row"} ${without.join(", ")} cannot run: a value is missing.` });
  if (whole.length) runPanes(targets(workspace), whole.map((row) => row.id));
}
