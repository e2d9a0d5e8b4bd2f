// What went wrong with a pane's run, and what can be done about it.
import { html, Icon } from "../dom.js";
import { startRun } from "../session/runs.js";
import { patch, update } from "../session/store.js";
import { chosenRow, keepAsText, leaveEmpty } from "../document/variables.js";

export function Failure({ error, pane, index }) {
  if (!error) return null;
  const id = pane.rows.some((row) => row.id === error.row) ? error.row : null;
  const again = () => startRun(index, id, { line: error.line ?? null, by: error.by ?? null, more: Boolean(error.more) });
  return html`<div class="failure" role="alert">
    <p><${Icon} name="warn" /><b>${error.message}</b></p>
    <p>${error.advice}</p>
    ${error.body &&
    html`<details>
      <summary>What the endpoint answered${error.status ? ` (HTTP ${error.status})` : ""}</summary>
      <pre>${error.body}</pre>
    </details>`}
    <div class="bar">
      ${error.missing
        ? html`<${FillIn} error=${error} again=${again} />`
        : html`<button type="button" onClick=${again}>Try again</button>`}
      ${error.needs_key && html`<button type="button" onClick=${() => patch({ picker: index })}>Enter a key</button>`}
      ${error.run && html`<button type="button" onClick=${() => update((now) => ({ ...now, view: "raw" }))}>Raw exchange</button>`}
    </div>
  </div>`;
}

/** Ways out of missing values. */
function FillIn({ error, again }) {
  const names = error.missing;
  const settle = (change) => () => {
    update((now) => ({ ...now, variables: change(now.variables, (error.line ?? chosenRow(now.variables)).id) }));
    again();
  };
  return html`<button type="button" onClick=${() => fillIn(names[0])}>Fill in</button>
    <button type="button" onClick=${settle((variables, id) => leaveEmpty(variables, id, names))}>Leave empty and run</button>
    <button type="button" onClick=${settle((variables) => keepAsText(variables, names, true))}>Keep as text and run</button>`;
}

function fillIn(name) {
  update((now) => ({ ...now, side: "variables" }));
  patch({ drawer: true });
  requestAnimationFrame(() => document.querySelector(`.cases [data-chosen="true"] [data-name="${CSS.escape(name)}"]`)?.focus());
}
