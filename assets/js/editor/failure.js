// What went wrong with a pane's run, and what can be done about it.
import { html, Icon, useEffect, useRef } from "../dom.js";
import { runLines, startRun } from "../session/runs.js";
import { getState, patch, update } from "../session/store.js";
import { changeSettings, setParam } from "../document/workspace.js";
import { keepAsText, leaveEmpty, lineOf, missingIn } from "../document/variables.js";

/** A message of several lines: the first, and the others as they stand below each other (a caret points at a place). */
function parted(message) {
  const [first, ...lines] = message.split("\n");
  return { first, rest: lines.join("\n") };
}

/** Whether what a run lacked is there by now. */
export const isSettled = (error, variables) =>
  Boolean(error?.missing) && !missingIn(lineOf(variables, error.line), error.missing.filter((name) => !variables.literal.includes(name))).length;

export function Failure({ error, pane, index, variables }) {
  const card = useRef(null);
  useEffect(() => card.current?.scrollIntoView({ block: "nearest" }), [error]);
  if (!error || isSettled(error, variables)) return null;
  const id = pane.rows.some((row) => row.id === error.row) ? error.row : null;
  const { line = null, by = null, more = false, branch = null, left = [] } = error;
  const again = () => (left.length ? runLines(pane.id, [line, ...left]) : startRun(index, id, { line, by, more, branch }));
  const { first, rest } = parted(error.message);
  return html`<div class="failure" role="alert" ref=${card}>
    <p><${Icon} name="warn" /><b>${first}</b></p>
    ${rest && html`<pre class="lines">${rest}</pre>`}
    <p>${error.advice}</p>
    ${left.length > 0 && html`<p>${left.length} more ${left.length > 1 ? "rows were" : "row was"} not run.</p>`}
    ${error.body &&
    html`<details>
      <summary>What the endpoint answered${error.status ? ` (HTTP ${error.status})` : ""}</summary>
      <pre>${error.body}</pre>
    </details>`}
    <div class="bar">
      ${error.missing
        ? html`<${FillIn} error=${error} again=${again} />`
        : html`<button type="button" onClick=${again}>Try again</button>`}
      ${error.refused && html`<button type="button" onClick=${() => (setBack(index, error.refused), again())}>${error.refused === "thoughts" ? "Leave it out" : "Set it back"} and run</button>`}
      ${error.needs_key && html`<button type="button" onClick=${() => patch({ picker: index })}>Enter a key</button>`}
      ${error.run && html`<button type="button" onClick=${() => showRaw(pane.id, error.run)}>Raw exchange</button>`}
    </div>
  </div>`;
}

const setBack = (index, name) =>
  update((now) => (name === "thoughts" ? changeSettings(now, index, (pane) => ({ ...pane, thoughts: false })) : setParam(now, index, name, null)));

/** Turn to the raw view of a run. */
export function showRaw(pane, run) {
  patch({ raw: { ...getState().raw, [pane]: run } });
  update((now) => ({ ...now, view: "raw" }), { silent: true });
}

const DRAWN = 80; // milliseconds

/** Ways out of missing values. */
function FillIn({ error, again }) {
  const names = error.missing;
  const settle = (change) => () => {
    update((now) => ({ ...now, variables: change(now.variables, lineOf(now.variables, error.line).id) }));
    again();
  };
  return html`<button type="button" onClick=${() => fillIn(names[0])}>Fill in</button>
    <button type="button" onClick=${settle((variables, id) => leaveEmpty(variables, id, names))}>Leave empty and run</button>
    <button type="button" onClick=${settle((variables) => keepAsText(variables, names, true))}>Keep as text and run</button>`;
}

function fillIn(name) {
  update((now) => ({ ...now, side: "variables" }));
  if (getComputedStyle(document.querySelector(".side")).position === "fixed") patch({ drawer: true });
  const field = () => document.querySelector(`.cases [data-chosen="true"] [data-name="${CSS.escape(name)}"]`);
  setTimeout(() => field()?.focus(), DRAWN); // a drawer has to be in sight before it takes the focus
}
