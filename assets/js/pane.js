// One pane: its model, its conversation or its code, its error, its figures.
import { Code } from "./code.js";
import { copyRows, insertAt, makeRow, setText } from "./conversation.js";
import { html, Icon, IconButton, useEffect, useRef, useState } from "./dom.js";
import { AddRow, Rows } from "./rows.js";
import { runOf, runPanes, startRun, stopRun, watchRow } from "./runs.js";
import { modelInfo } from "./server.js";
import { getState, offerUndo, patch, update } from "./store.js";
import {
  changePane,
  changeRows,
  clearPane,
  closePane,
  differences,
  endpointOf,
  putPaneAsItWas,
  putPaneBack,
  putRowsBack,
} from "./workspace.js";

export function Pane({ state, env }) {
  const { workspace } = state;
  const pane = workspace.panes[env.index];
  if (!pane) return null;
  const active = workspace.active === env.index;
  const run = runOf(pane);
  return html`<section
    class="pane"
    aria-label=${`Pane ${env.index + 1}`}
    data-active=${active}
    data-running=${Boolean(run)}
    onFocusIn=${() => choose(env.index)}
    onPointerDown=${() => choose(env.index)}
  >
    <${Top} state=${state} pane=${pane} index=${env.index} run=${run} />
    ${workspace.view === "code"
      ? html`<${Code} state=${state} index=${env.index} server=${env.server} />`
      : html`<${Conversation} state=${state} pane=${pane} index=${env.index} run=${run} />`}
    <${Stats} pane=${pane} run=${run} failed=${Boolean(state.errors[pane.id])} />
  </section>`;
}

const choose = (index) =>
  update((current) => (current.active === index ? current : { ...current, active: index }));

function Top({ state, pane, index, run }) {
  const { workspace, boot } = state;
  const endpoint = endpointOf(workspace, boot, pane.endpoint);
  const several = workspace.panes.length > 1;
  return html`<div class="pane-top">
    ${several &&
    html`<nav class="tabs" aria-label="Panes">
      ${workspace.panes.map(
        (_, place) =>
          html`<button type="button" aria-current=${place === index ? "true" : undefined} onClick=${() => choose(place)}>${place + 1}</button>`,
      )}
    </nav>`}
    <button type="button" class="model" title=${`${pane.model}: choose a model`} onClick=${() => patch({ picker: index })}>
      <span>${pane.model.split("/").at(-1) || "Choose a model"}</span><${Icon} name="caret" />
    </button>
    <span class="chips">
      <span class="chip" title=${endpoint?.base_url ?? ""}>${endpoint?.name ?? `${pane.endpoint} (missing)`}</span>
    </span>
    <${Menu} workspace=${workspace} index=${index} pane=${pane} />
    ${run
      ? html`<button type="button" class="stop" onClick=${() => stopRun(pane)}>Stop</button>`
      : html`<button type="button" class="run" onClick=${() => runPanes([index])}>Run</button>`}
    <${Differences} list=${differences(workspace, index, boot)} />
  </div>`;
}

/** What sets this pane's settings apart from the other's. */
const Differences = ({ list }) =>
  list.length > 0 &&
  html`<ul class="differences" aria-label="Differs from the other pane">
    ${list.slice(0, 3).map(([label, value]) => html`<li key=${label} class="chip differs">${label} ${value}</li>`)}
    ${list.length > 3 &&
    html`<li class="chip differs" title=${list.slice(3).map((pair) => pair.join(" ")).join("\n")}>${list.length - 3} more</li>`}
  </ul>`;

function Menu({ workspace, index, pane }) {
  const menu = useRef(null);
  const several = workspace.panes.length > 1;
  const act = (action) => () => {
    menu.current.open = false;
    action();
  };
  useEffect(() => {
    const close = (event) => !menu.current?.contains(event.target) && (menu.current.open = false);
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, []);
  return html`<details class="menu" ref=${menu} onKeyDown=${(event) => {
      if (event.key !== "Escape" || !menu.current.open) return;
      event.preventDefault();
      menu.current.open = false;
    }}>
    <summary aria-label="More for this pane" title="More">⋯</summary>
    <div>
      <button type="button" onClick=${act(() => startAfresh(pane, index))}>New conversation</button>
      ${several &&
      html`<button type="button" onClick=${act(() => copyAcross(index))}>Copy to the other pane</button>
        <button
          type="button"
          onClick=${act(() => close(pane, index))}
        >
          Close this pane
        </button>`}
    </div>
  </details>`;
}

/** The pane as it stands once its run is stopped. */
function settled(pane) {
  stopRun(pane);
  return getState().workspace.panes.find((other) => other.id === pane.id);
}

function startAfresh(pane, index) {
  const before = settled(pane);
  update((current) => clearPane(current, index));
  offerUndo("Conversation cleared; the system prompt and the settings stay.", putRowsBack(before));
}

function close(pane, index) {
  const before = settled(pane);
  update((current) => closePane(current, index));
  offerUndo("Pane closed.", putPaneBack(before, index));
}

function copyAcross(index) {
  const { panes } = getState().workspace;
  const { rows, params, extra } = panes[index];
  const before = settled(panes[1 - index]);
  const copied = copyRows(rows.filter((row) => row.status !== "running"));
  update((current) => changePane(current, 1 - index, (other) => ({ ...other, rows: copied, params, extra })));
  offerUndo("Copied to the other pane.", putPaneAsItWas(before));
}

function Conversation({ state, pane, index, run }) {
  const scroller = useRef(null);
  useEffect(() => follow(scroller.current, run), [run?.id]);
  const empty = !run && !pane.rows.some((row) => row.message.role !== "system" && row.message.role !== "developer");
  return html`<div class="conversation" ref=${scroller}>
    <${Rows} pane=${pane} running=${Boolean(run)} blind=${modelInfo(pane)?.sees_images === false} />
    ${empty && html`<${Start} state=${state} pane=${pane} index=${index} />`}
    ${!run && html`<${AddRow} pane=${pane} />`}
    <${Failure} error=${state.errors[pane.id]} pane=${pane} index=${index} />
  </div>`;
}

/** Keep the live answer in view, unless the user has scrolled away from it. */
function follow(element, run) {
  if (!run) return undefined;
  const end = () => element.scrollTo({ top: element.scrollHeight });
  end();
  return watchRow(run.row, () => {
    if (element.scrollHeight - element.scrollTop - element.clientHeight < 120) requestAnimationFrame(end);
  });
}

const Start = ({ state, pane, index }) =>
  html`<div class="start">
    <h2>Start with a message, or try one of these</h2>
    <p>Write below and press Run. Every message stays editable, so change one and run again.</p>
    <div class="examples">
      ${state.boot.examples.map(
        (example) =>
          html`<button type="button" key=${example.title} onClick=${() => tryExample(pane, index, example)}>
            <b>${example.title}</b><span>${example.user}</span>
          </button>`,
      )}
    </div>
  </div>`;

function tryExample(pane, index, example) {
  update((current) =>
    changeRows(current, index, (rows) => {
      const first = rows.find((row) => row.message.role === "system");
      const prompted = first ? setText(rows, first.id, example.system) : [makeRow("system", example.system), ...rows];
      return insertAt(prompted, prompted.length, makeRow("user", example.user));
    }),
  );
}

function Failure({ error, pane, index }) {
  if (!error) return null;
  const again = pane.rows.some((row) => row.id === error.row) ? error.row : null;
  return html`<div class="failure" role="alert">
    <p><${Icon} name="warn" /><b>${error.message}</b></p>
    <p>${error.advice}</p>
    ${error.body &&
    html`<details>
      <summary>What the endpoint answered${error.status ? ` (HTTP ${error.status})` : ""}</summary>
      <pre>${error.body}</pre>
    </details>`}
    <div class="bar">
      <button type="button" onClick=${() => startRun(index, again)}>Try again</button>
      ${error.needs_key && html`<button type="button" onClick=${() => patch({ picker: index })}>Enter a key</button>`}
    </div>
  </div>`;
}

function Stats({ pane, run, failed }) {
  const [live, setLive] = useState(null);
  useEffect(() => {
    setLive(null);
    return run ? watchRow(run.row, setLive) : undefined;
  }, [run?.id]);
  const last = pane.rows.findLast((row) => row.stats);
  if (run) {
    const seconds = ((performance.now() - run.started) / 1000).toFixed(1);
    const pieces = live?.stats.pieces ?? 0;
    return html`<footer class="stats">
      <span class="pulse" aria-hidden="true"></span><span>${live?.phase === "streaming" ? "streaming" : "waiting"}</span>
      <span><b>${seconds} s</b></span>
      ${pieces > 0 && html`<span><b>≈ ${pieces}</b> tokens</span>`}
    </footer>`;
  }
  if (failed) return html`<footer class="stats"><span>The last run failed</span></footer>`;
  if (!last) return html`<footer class="stats"><span>No run yet</span></footer>`;
  return html`<footer class="stats" aria-label="Figures of the last answer"><${Figures} stats=${last.stats} status=${last.status} /></footer>`;
}

function Figures({ stats, status }) {
  const mark = stats.estimated ? "≈ " : "";
  return html`${stats.ttft != null && html`<span><b>${seconds(stats.ttft)}</b> first token</span>`}
    ${stats.tokens_per_second != null && html`<span><b>${mark}${stats.tokens_per_second.toFixed(1)}</b> tok/s</span>`}
    ${stats.completion_tokens != null &&
    html`<span><b>${mark}${stats.prompt_tokens} → ${stats.completion_tokens}</b> tokens</span>`}
    ${stats.completion_tokens == null && stats.pieces > 0 && html`<span><b>≈ ${stats.pieces}</b> tokens</span>`}
    <span><b>${seconds(stats.total ?? stats.elapsed)}</b> total</span>
    <span>${status === "done" ? stats.finish_reason ?? "finished" : status}</span>`;
}

const seconds = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;
