// The answers side by side in words and figures: a table of the panes, word differences, answers by row of the table.
import { askedAt, variantsOf } from "../document/answers.js";
import { CopyButton, Dialog, Switch } from "../controls.js";
import { html, useState } from "../dom.js";
import { COLUMNS, figuresOf, lastRun, markdownTable } from "../document/figures.js";
import { textOf } from "../document/message.js";
import { patch } from "../session/store.js";
import { madeWith } from "../document/variables.js";
import { variablesOf } from "../document/workspace.js";
import { Differences } from "./worddiff.js";

export function Comparison({ state, dialog }) {
  const { workspace } = state;
  const names = variablesOf(workspace);
  const [tab, setTab] = useState(dialog.tab);
  const tabs = [["figures", "Figures"], ["diff", "Word diff"], ...(workspace.variables.rows.length > 1 ? [["rows", "By row"]] : [])];
  return html`<${Dialog} label="Compare answers" kind="comparison" onClose=${() => patch({ dialog: null })}>
    <div class="sheet-bar"><${Switch} label="What to compare" options=${tabs} value=${tab} onChange=${setTab} /></div>
    <div class="sheet-scroll" tabindex="0" role="region" aria-label=${tabs.find(([id]) => id === tab)[1]}>
      ${tab === "figures" && html`<${FiguresTable} panes=${workspace.panes} latest=${state.last} />`}
      ${tab === "diff" && html`<${Diff} panes=${workspace.panes} pane=${dialog.pane} row=${dialog.row} />`}
      ${tab === "rows" && html`<${ByRow} workspace=${workspace} names=${names} />`}
    </div>
  <//>`;
}

// --- figures -----------------------------------------------------------------------------------------

/** The panes' last runs in figures: [[head...], [cell...], ...]. */
function summary(panes, latest) {
  const runs = panes.map((pane) => {
    const last = latest[pane.id] ?? lastRun(pane);
    const known = last ? Object.fromEntries(figuresOf(last.stats, last.status).map(([key, value]) => [key, value])) : {};
    return { model: last?.model ?? pane.model, known };
  });
  const columns = COLUMNS.filter(([key, , rare]) => !rare || runs.some(({ known }) => key in known));
  const rows = runs.map(({ model, known }, index) => [String(index + 1), model, ...columns.map(([key]) => known[key] ?? "")]);
  return [["Pane", "Model", ...columns.map(([, head]) => head)], ...rows];
}

const FiguresTable = ({ panes, latest }) => {
  const table = summary(panes, latest);
  return html`<${Table} table=${table} />
    <p class="help">The last run of each pane. ≈ is an estimate; a cost needs the provider's price.</p>`;
};

const Table = ({ table: [head, ...rows] }) =>
  html`<table class="sheet-table">
      <thead>
        <tr>
          ${head.map((cell) => html`<th key=${cell} scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((cells, index) => html`<tr key=${index}>${cells.map((cell, place) => html`<td key=${place}>${cell}</td>`)}</tr>`)}
      </tbody>
    </table>
    <div class="bar"><${CopyButton} class="quiet copy" label="Copy as Markdown" text=${() => markdownTable([head, ...rows])} /></div>`;

// --- word differences --------------------------------------------------------------------------------

/** Every answer there is: [{ id, label, text, pane, row, shown }]. */
const answersIn = (panes) =>
  panes.flatMap((pane, place) =>
    pane.rows.flatMap((row, index) => {
      if (row.message.role !== "assistant" || row.status === "running") return [];
      const variants = variantsOf(row);
      return variants.map((variant, number) => ({
        id: `${row.id} ${number}`,
        label: `Pane ${place + 1}, message ${index + 1}${variants.length > 1 ? `, ${number + 1}/${variants.length}` : ""}${variant.model ? `: ${variant.model.split("/").at(-1)}` : ""}`,
        text: textOf(variant.message),
        pane: pane.id,
        row,
        shown: number === (row.at ?? 0),
      }));
    }),
  );

/** Which two to begin with: the row's shown answer, against its twin in another pane, else another variant of it. */
function pairFor(answers, pane, rowId) {
  const start = answers.find((answer) => answer.row.id === rowId && answer.shown) ?? answers.findLast((answer) => answer.shown);
  if (!start) return [null, null];
  const twins = answers.filter((answer) => answer.shown && answer.pane !== start.pane);
  const variants = answers.filter((answer) => answer.row.id === start.row.id && answer !== start);
  const twin = twins.find((answer) => answer.row.link === start.row.link);
  const other = rowId && variants.length ? variants.at(-1) : (twin ?? twins.at(-1) ?? variants.at(-1));
  const pair = [start, other ?? start];
  return answers.indexOf(pair[1]) < answers.indexOf(pair[0]) ? pair.reverse() : pair;
}

function Diff({ panes, pane, row }) {
  const answers = answersIn(panes);
  const [first, second] = pairFor(answers, pane, row);
  const [left, setLeft] = useState(first?.id);
  const [right, setRight] = useState(second?.id);
  if (answers.length < 2) return html`<p class="help">There is one answer, or none: run again, or in another pane, to have two.</p>`;
  const [before, after] = [left, right].map((id) => answers.find((answer) => answer.id === id) ?? answers[0]);
  return html`<div class="diff-choice">
      <label>From<${Choice} answers=${answers} value=${before.id} onChange=${setLeft} /></label>
      <label>To<${Choice} answers=${answers} value=${after.id} onChange=${setRight} /></label>
    </div>
    ${before.text === after.text ? html`<p class="help">The two say the same, to the letter.</p>` : null}
    <${Differences} before=${before.text} after=${after.text} />`;
}

const Choice = ({ answers, value, onChange }) =>
  html`<select value=${value} onChange=${(event) => onChange(event.target.value)}>
    ${answers.map((answer) => html`<option key=${answer.id} value=${answer.id} selected=${answer.id === value}>${answer.label}</option>`)}
  </select>`;

// --- answers by row of the variables' table --------------------------------------------------------

/** The table's rows with each pane's latest answer to their values: [[head...], [cell...], ...]. */
function byRow({ panes, variables }, names) {
  const head = ["Row", ...names, ...panes.map((pane, index) => (panes.length > 1 ? `Pane ${index + 1}: ` : "") + pane.model.split("/").at(-1))];
  const rows = variables.rows.map((line, index) => [
    String(index + 1),
    ...names.map((name) => line.values[name] ?? ""),
    ...panes.map((pane) => answerTo(pane, line) ?? ""),
  ]);
  return [head, ...rows];
}

/** The latest answer to a row of the table that answers what stands above it now. */
function answerTo(pane, line) {
  const answers = pane.rows.flatMap((row, index) => {
    if (!row.generated || row.status === "running") return [];
    const asked = askedAt(pane.rows, index);
    return variantsOf(row).filter((variant) => variant.asked === asked);
  });
  const found = answers.findLast((answer) => answer.message && madeWith(answer.values, line.values));
  return found ? textOf(found.message) : null;
}

const ByRow = ({ workspace, names }) => html`<${Table} table=${byRow(workspace, names)} />`;
