// One pane: its model, its conversation, code or raw exchange, its error, its figures.
import { Code } from "../views/code.js";
import { Menu } from "../controls.js";
import { isLong, nextRole } from "../document/conversation.js";
import { html, Icon, useEffect, useRef, useState } from "../dom.js";
import { focusRow, insertRow } from "../session/edits.js";
import { Failure, isSettled } from "./failure.js";
import { ABOUT, figuresOf, lastRun } from "../document/figures.js";
import { isPrompt } from "../document/message.js";
import { Raw } from "../views/raw.js";
import { Rows } from "./rows.js";
import { forgetRun, runOf, runPanes, stopRun, watchRow } from "../session/runs.js";
import { modelInfo } from "../session/server.js";
import { Start } from "./start.js";
import { getState, offerUndo, patch, update } from "../session/store.js";
import { addPane, changeRows, clearPane, closePane, copyPane, differences, endpointOf, swapPanes } from "../document/workspace.js";

const VIEWS = { chat: Conversation, code: Code, raw: Raw };

export function Pane({ state, env }) {
  const { workspace } = state;
  const { index } = env;
  const pane = workspace.panes[index];
  if (!pane) return null;
  const run = runOf(pane);
  const View = VIEWS[workspace.view] ?? Conversation;
  return html`<section
    class="pane"
    aria-label=${`Pane ${index + 1}`}
    tabindex="-1"
    data-pane=${pane.id}
    data-active=${workspace.active === index}
    data-running=${Boolean(run)}
    data-blind=${blindness(pane) ?? undefined}
    onFocusIn=${() => choose(index)}
    onPointerDown=${() => choose(index)}
  >
    <h2 class="unseen">Pane ${index + 1}: ${pane.model}</h2>
    <${Top} state=${state} pane=${pane} index=${index} run=${run} />
    <${View} key=${`${workspace.view} ${pane.id}`} state=${state} pane=${pane} index=${index} run=${run} server=${env.server} />
    <${Stats} pane=${pane} run=${run} error=${isSettled(state.errors[pane.id], workspace.variables) ? null : state.errors[pane.id]} last=${state.last[pane.id]} waiting=${state.queues[pane.id]?.lines.length ?? 0} />
  </section>`;
}

/** Why the pane's model takes no images, or null. */
export const blindness = (pane) => (modelInfo(pane)?.sees_images === false ? `${pane.model.split("/").at(-1)} cannot see images` : null);

export const choose = (index) =>
  update((current) => (current.active === index ? current : { ...current, active: index }), { silent: true });

function Top({ state, pane, index, run }) {
  const { workspace, boot } = state;
  const endpoint = endpointOf(workspace, boot, pane.endpoint);
  const several = workspace.panes.length > 1;
  const unlike = workspace.panes.some((other) => other.model !== pane.model || other.endpoint !== pane.endpoint);
  return html`<div class="pane-top">
    ${several &&
    html`<nav class="tabs" aria-label="Panes">
      ${workspace.panes.map(
        (_, place) =>
          html`<button type="button" aria-label=${`Pane ${place + 1}`} aria-current=${place === index ? "true" : undefined} onClick=${() => choose(place)}>${place + 1}</button>`,
      )}
    </nav>`}
    <button
      type="button"
      class="model"
      data-differs=${unlike}
      title=${`${pane.model}: choose a model${unlike ? " (not the same in all panes)" : ""}`}
      onClick=${() => patch({ picker: index })}
    >
      <span>${pane.model.split("/").at(-1) || "Choose a model"}</span><${Icon} name="caret" />
    </button>
    <span class="chips">
      <span class="chip" title=${endpoint?.base_url ?? ""}>${endpoint?.name ?? `${pane.endpoint} (missing)`}</span>
    </span>
    <${Menu} label="More for this pane" items=${() => menuItems(pane, index)} />
    ${run
      ? html`<button type="button" class="stop" onClick=${() => stopRun(pane)}>Stop</button>`
      : html`<button type="button" class="run" onClick=${() => runPanes([index])}>Run</button>`}
    <${Differences} list=${differences(workspace, index, boot)} />
  </div>`;
}

/** What sets this pane's settings apart from the others'. */
const Differences = ({ list }) =>
  list.length > 0 &&
  html`<ul class="differences" aria-label="Differs from the other panes">
    ${list.slice(0, 3).map(([label, value]) => html`<li key=${label} class="chip differs">${label} ${value}</li>`)}
    ${list.length > 3 &&
    html`<li class="chip differs" title=${list.slice(3).map((pair) => pair.join(" ")).join("\n")}>${list.length - 3} more</li>`}
  </ul>`;

function menuItems(pane, index) {
  const { workspace, boot } = getState();
  const { panes } = workspace;
  const others = panes.map((_, place) => place).filter((place) => place !== index);
  const long = pane.rows.filter((row) => isLong(row));
  const open = long.some((row) => !row.collapsed);
  const fold = () =>
    update((now) => changeRows(now, index, (rows) => rows.map((row) => (isLong(row) ? { ...row, collapsed: open } : row))), { silent: true });
  return [
    { text: "Add a pane, a copy of this one", off: panes.length >= boot.panes, why: `${boot.panes} panes are the most`, act: () => add(index) },
    ...others.map((place) => ({ text: `Copy to pane ${place + 1}`, act: () => copyTo(index, place) })),
    ...others.map((place) => ({ text: `Swap with pane ${place + 1}`, act: () => update((now) => swapPanes(now, index, place)) })),
    ...(panes.length > 1 ? [{ text: "Close this pane", act: () => close(pane, index) }] : []),
    "-",
    { text: open ? "Collapse long messages" : "Show all of long messages", off: !long.length, why: "No message is long", act: fold },
    { text: "New conversation", act: () => startAfresh(pane, index) },
  ];
}

export function add(index) {
  update((current) => addPane(current, index));
  focusPane(index + 1);
}

export const focusPane = (index) =>
  requestAnimationFrame(() => {
    const pane = document.querySelector(`#pane-${index} .pane`);
    (pane?.querySelector(".rows textarea, .shown") ?? pane)?.focus();
  });

function startAfresh(pane, index) {
  const { panes, sync } = getState().workspace;
  (sync.history ? panes : [pane]).forEach(forgetRun);
  const kept = Object.keys(getState().workspace.mocks).length ? "the prompt, the settings and the mocks of tools" : "the prompt and the settings";
  offerUndo(`Conversation cleared; ${kept} stay.`, update((current) => clearPane(current, index)));
  focusRow(pane.id, 0);
}

function close(pane, index) {
  stopRun(pane);
  offerUndo("Pane closed.", update((current) => closePane(current, index)));
  focusPane(0);
}

function copyTo(from, to) {
  forgetRun(getState().workspace.panes[to]);
  offerUndo(`Copied to pane ${to + 1}.`, update((current) => copyPane(current, from, to)));
}

function Conversation({ state, pane, index, run }) {
  const scroller = useRef(null);
  const { variables, markdown, panes } = state.workspace;
  const leave = useRef(() => {});
  useEffect(() => {
    const before = leave.current;
    if (run) {
      before();
      leave.current = follow(scroller.current, run);
    } else setTimeout(before, SETTLED);
  }, [run?.id]);
  useEffect(() => () => leave.current(), []);
  const empty = !run && pane.rows.every((row) => isPrompt(row.message.role));
  return html`<div class="conversation" ref=${scroller}>
    <${Rows} pane=${pane} running=${Boolean(run)} blind=${blindness(pane)} variables=${variables} markdown=${markdown} several=${panes.length > 1} continues=${modelInfo(pane)?.continues !== false} />
    ${empty && html`<${Start} state=${state} index=${index} />`}
    <${Failure} error=${state.errors[pane.id]} pane=${pane} index=${index} variables=${variables} />
    ${!run && html`<${AddRow} pane=${pane} />`}
  </div>`;
}

/** The button below the last row. */
const AddRow = ({ pane }) =>
  html`<button type="button" class="add-row" onClick=${() => insertRow(pane.id, null, null, nextRole(pane.rows, pane.rows.length - 1))}>
    <${Icon} name="plus" />Add message
  </button>`;

const STATS_EVERY = 200; // milliseconds
const NEAR = 120; // pixels from the end within which the reader follows it

const SETTLED = 1000; // milliseconds after which an answer that has ended is drawn whole: its calls, its check, its Markdown

/** Keep the live answer in view, unless the user has scrolled away from it. Returns how to stop. */
function follow(scroller, run) {
  const live = scroller.querySelector(`[data-row="${run.row}"]`);
  if (!live) return () => {};
  let near = true;
  const below = () => live.getBoundingClientRect().bottom - scroller.getBoundingClientRect().bottom;
  const toEnd = () => live.scrollIntoView({ block: live.offsetHeight > scroller.clientHeight ? "end" : "nearest" });
  requestAnimationFrame(toEnd);
  const watch = new ResizeObserver(() => near && below() > 0 && toEnd());
  watch.observe(live);
  const look = () => {
    near = below() < NEAR;
  };
  scroller.addEventListener("scroll", look, { passive: true });
  return () => {
    watch.disconnect();
    scroller.removeEventListener("scroll", look);
  };
}

function Stats({ pane, run, error, last, waiting }) {
  const [live, setLive] = useState(null);
  useEffect(() => {
    setLive(null);
    let shown = 0;
    const look = (now) => {
      if (performance.now() - shown < STATS_EVERY) return;
      shown = performance.now();
      setLive(now);
    };
    return run ? watchRow(run.row, look) : undefined;
  }, [run?.id]);
  if (run) {
    const seconds = ((performance.now() - run.started) / 1000).toFixed(1);
    const pieces = live?.stats.pieces ?? 0;
    return html`<footer class="stats">
      <span class="pulse" aria-hidden="true"></span><span>${live?.phase === "streaming" ? "streaming" : "waiting"}</span>
      <span><b>${seconds} s</b></span>
      ${pieces > 0 && html`<span><b>≈ ${pieces}</b> tokens</span>`} ${waiting > 0 && html`<span>${waiting} more to run</span>`}
    </footer>`;
  }
  if (error && !error.run) return html`<footer class="stats"><span>Not sent</span></footer>`;
  if (error) return html`<footer class="stats"><span>The last run failed</span></footer>`;
  const shown = last ?? lastRun(pane);
  if (!shown) return html`<footer class="stats"><span>No run yet</span></footer>`;
  return html`<footer class="stats" aria-label="Figures of the last run"><${Figures} stats=${shown.stats} status=${shown.status} /></footer>`;
}

function Figures({ stats, status }) {
  const known = Object.fromEntries(figuresOf(stats, status).map(([key, value]) => [key, value]));
  const { ttft, speed, total, out, reasoning, perplexity, finish, cost } = known;
  const bold = (value, unit, title = undefined) => value !== undefined && html`<span title=${title}><b>${value}</b> ${unit}</span>`;
  const tokens = known.in !== undefined && out !== undefined ? `${known.in} → ${out}` : out;
  return html`${bold(ttft, "first token")} ${bold(speed, "tok/s")} ${bold(tokens, "tokens")} ${bold(reasoning, "reasoning")} ${bold(total, "total")} ${bold(perplexity, "perplexity", ABOUT.perplexity)}
    ${/\d/.test(cost) && html`<span title="What the run has cost, by the provider's price">${cost}</span>`}
    <span>${finish}</span>`;
}
