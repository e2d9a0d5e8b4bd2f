// An answer of a model: on its way, then as Markdown or plain text, with what is to be known of it.
import { agreement, canContinue } from "../document/answers.js";
import { CallText, Calls } from "./calls.js";
import { CopyButton } from "../controls.js";
import { Tokens } from "./tokens.js";
import { html, IconButton, useEffect, useRef, useState } from "../dom.js";
import { focusOn, show, showAnswer, takesFocus } from "../session/edits.js";
import { hasEndlessLine } from "../document/exact.js";
import { seconds } from "../document/figures.js";
import { Markdown } from "../markdown/markdown.js";
import { textOf } from "../document/message.js";
import { whenReleased } from "../press.js";
import { JsonTree, ReplyCheck, useReply } from "./replycheck.js";
import { begun, progressText } from "../document/remaining.js";
import { showRaw } from "./failure.js";
import { Collapsed, LineEnds, MessageField, rowKeys } from "./messagetext.js";
import { startRun, watchRow } from "../session/runs.js";
import { getState, patch } from "../session/store.js";
import { numberOf } from "../document/variables.js";
import { paneAt } from "../document/workspace.js";

/** Whether an answer is shown as Markdown: as its row says, else as the page does. */
export const isMarkdown = (row, markdown) => row.view ? row.view === "markdown" : markdown;

export function Shown(props) {
  const { pane, row, running, markdown } = props;
  const check = useReply(row);
  if (running) return html`<${Live} row=${row} />`;
  const Said = row.view === "tokens" && row.tokens ? Tokens : Text;
  return html`${row.reasoning && html`<${Reasoning} text=${row.reasoning} stats=${row.stats} sent=${props.thoughts} />`}
    ${row.collapsed
      ? html`<${Collapsed} pane=${pane} row=${row} />`
      : html`<${Said} pane=${pane} row=${row} check=${check} markdown=${isMarkdown(row, markdown)} busy=${props.busy} continues=${props.continues} />
          ${row.message.tool_calls && html`<${Calls} pane=${pane} row=${row} />`}
          <${ReplyCheck} row=${row} check=${check} />
          <${LineEnds} pane=${pane} row=${row} />`}
    <${Meta} ...${props} />`;
}

/** The text of an answer; Markdown turns into its source where it is edited. */
function Text({ pane, row, check, markdown }) {
  const [editing, setEditing] = useState(false);
  const at = useRef([0, 0]); // what is selected when the editing begins
  const text = textOf(row.message);
  const wanted = takesFocus(`${row.id}.edit`);
  useEffect(() => {
    if (wanted) setEditing(true);
  });
  if (!markdown || editing || wanted || (!text && !row.message.tool_calls)) {
    const begin = (element) => editing && element && !element.contains(document.activeElement) && putCaret(element.querySelector("textarea"), at.current);
    const leave = (event) => {
      if (event.key !== "Escape" || !editing) return;
      event.preventDefault();
      focusOn(`${row.id}.shown`);
      setEditing(false);
    };
    return html`<div ref=${begin} onKeyDown=${leave}>
      <${MessageField} pane=${pane} row=${row} onLeave=${() => whenReleased(() => setEditing(false))} />
    </div>`;
  }
  if (!text) return null;
  const begin = (event) => {
    at.current = event.type === "dblclick" ? wordAt(event, text) : [0, 0];
    setEditing(true);
  };
  return html`<div
    class="shown"
    data-endless=${hasEndlessLine(text) || undefined}
    ref=${(element) => element && takesFocus(`${row.id}.shown`) && element.focus({ preventScroll: true })}
    tabindex="0"
    role="group"
    aria-labelledby=${`label-${row.id}`}
    title="Enter or a double-click edits it"
    onDblClick=${begin}
    onKeyDown=${(event) => {
      if (event.key === "Enter" && event.target === event.currentTarget && !event.altKey && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        begin(event);
      } else rowKeys(event, pane, row);
    }}
  >
    ${check?.node ? html`<${JsonTree} check=${check} />` : html`<${Markdown} text=${text} />`}
  </div>`;
}

function putCaret(field, [start, end]) {
  field.focus({ preventScroll: true });
  field.setSelectionRange(start, end);
}

/** Where the word under a double-click most likely stands in the source: [start, end]. */
function wordAt(event, text) {
  const word = String(window.getSelection()).trim();
  const { top, height } = event.currentTarget.getBoundingClientRect();
  const guess = Math.round(((event.clientY - top) / height) * text.length);
  const [before, after] = [text.lastIndexOf(word, guess), text.indexOf(word, guess)];
  const start = before < 0 || (after >= 0 && after - guess < guess - before) ? after : before;
  return word && start >= 0 ? [start, start + word.length] : [guess, guess];
}

const Reasoning = ({ text, stats, sent }) => {
  const time = stats?.thought >= 0.05 ? `Thought for ${seconds(stats.thought)}` : "Reasoning";
  return html`<details class="reasoning">
    <summary>${time}${stats?.reasoning_tokens ? ` · ${stats.reasoning_tokens} tokens` : ""}, ${sent ? "sent back" : "not sent back"}</summary>
    <p data-endless=${hasEndlessLine(text) || undefined}>${text}</p>
  </details>`;
};

/** Under an answer: its variants, its marks, and what can be done with it. */
function Meta({ pane, row, stale, busy, several, home, variables }) {
  const count = row.variants?.length ?? 1;
  const { same, of } = agreement(row);
  const line = variables && numberOf(row.values, variables);
  const which = variables && (line === null ? "other values" : variables.rows.length > 1 ? `row ${line}` : null);
  return html`<div class="meta">
    ${count > 1 &&
    html`<span class="variants">
      <${IconButton} icon="left" label="Previous answer" disabled=${row.at === 0} onClick=${() => showAnswer(pane, row, row.at - 1)} />
      <span>${row.at + 1}/${count}</span>
      <${IconButton} icon="right" label="Next answer" disabled=${row.at === count - 1} onClick=${() => showAnswer(pane, row, row.at + 1)} />
    </span>`}
    ${of > 2 && html`<span title="Answers to the same messages that say exactly the same as this one">${same} of ${of} agree</span>`}
    ${row.model && row.model !== home && html`<span class="chip" title=${`Answered by ${row.model}`}>${row.model.split("/").at(-1)}</span>`}
    ${which && html`<span class="chip" title=${describeValues(row.values)}>${which}</span>`}
    ${stale && html`<span class="mark-stale" title="A message above has changed since this answer">answers an earlier text</span>`}
    ${row.edited && html`<span title="Continue goes on from your text; Answer again asks anew">edited</span>`}
    ${row.status === "stopped" && html`<span class="mark-cut">stopped</span>`}
    ${row.status === "failed" && html`<span class="mark-cut">broken off</span>`}
    ${row.stats?.finish_reason === "length" && html`<span class="mark-cut">cut at max tokens</span>`}
    ${row.tokens &&
    html`<button type="button" aria-pressed=${row.view === "tokens"} title="How likely each token was, and what else it might have been" onClick=${() => switchTokens(pane, row)}>
      Tokens
    </button>`}
    <${CopyButton} text=${() => textOf(row.message)} />
    ${(count > 1 || several) && html`<button type="button" onClick=${() => compare(pane, row)}>Diff</button>`}
    ${canContinue(row) && isUnfinished(row) && html`<button type="button" disabled=${busy} onClick=${() => goOn(pane, row)}>Continue</button>`}
    ${row.stats?.run && html`<button type="button" onClick=${() => showRaw(pane, row.stats.run)}>Raw</button>`}
  </div>`;
}

const isUnfinished = (row) => row.edited || row.status === "stopped" || row.status === "failed" || row.stats?.finish_reason === "length";

const describeValues = (values) => Object.entries(values).map(([name, value]) => `${name} = ${value}`).join("\n");

const compare = (pane, row) => patch({ dialog: { kind: "comparison", tab: "diff", pane, row: row.id } });

export const goOn = (pane, row) => startRun(paneAt(getState().workspace, pane), row.id, { more: true });

/** Switch an answer between Markdown and plain text. */
export function switchView(pane, row, markdown) {
  const other = isMarkdown(row, markdown) ? "plain" : "markdown";
  show(pane, row, { view: (other === "markdown") === markdown ? undefined : other });
}

const switchTokens = (pane, row) => show(pane, row, { view: row.view === "tokens" ? undefined : "tokens", collapsed: false });

/** An answer on its way: the text goes straight into text nodes, past the page's drawing. */
function Live({ row }) {
  const text = useRef(null);
  const thought = useRef(null);
  const timer = useRef(null);
  const [state, setState] = useState({ phase: "waiting", progress: null, thinking: false, calls: [], count: 1 });
  useEffect(
    () =>
      watchRow(row.id, (live) => {
        if (!text.current) return; // taken off the page in this very frame
        const choice = live.choices[0] ?? { text: "", reasoning: "", calls: [] };
        write(text.current, (row.prefilled ?? "") + choice.text);
        write(thought.current, choice.reasoning);
        write(timer.current, choice.thought >= 0.05 ? `${choice.text ? "Thought" : "Thinking"} for ${seconds(choice.thought)}` : "Reasoning");
        const { phase, progress, choices } = live;
        const next = { phase, progress, thinking: Boolean(choice.reasoning), calls: choice.calls, count: choices.length };
        setState((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
      }),
    [row.id],
  );
  const { phase, progress, thinking, calls, count } = state;
  return html`<div class="live" aria-busy="true">
    <details class="reasoning" open hidden=${!thinking}>
      <summary ref=${timer}></summary>
      <p ref=${thought}></p>
    </details>
    <p class="text"><span ref=${text}></span><span class="cursor" aria-hidden="true"></span></p>
    ${calls.map((call, index) => html`<${CallText} key=${index} call=${call} />`)}
    ${count > 1 && html`<p class="waiting">The first of ${count} answers; all become variants.</p>`}
    ${phase === "waiting" && html`<${Waiting} progress=${progress} />`}
  </div>`;
}

/** Change the text node in place: a new one at every snapshot costs the browser three times as much. */
function write(element, text) {
  if (!element.firstChild) element.append("");
  if (element.firstChild.data !== text) element.firstChild.data = text;
}

function Waiting({ progress }) {
  const began = useRef(null); // where the work that is told of stood when it was first heard of
  if (!progress) return html`<p class="waiting">Waiting for the first token…</p>`;
  const { message, done, total } = progress;
  const now = performance.now();
  began.current = begun(began.current, progress, now);
  return html`<div class="waiting">
    <span>${progressText(progress, began.current, now)}</span>
    <progress aria-label=${message} value=${total ? done : undefined} max=${total ?? undefined}></progress>
  </div>`;
}
