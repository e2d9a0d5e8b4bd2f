// Under a call: whether its arguments fit the tool, and what answers it: the user, a saved mock, or a built-in.
import { html, Icon, MODIFIER, useEffect, useState } from "../dom.js";
import { NO_VERDICT } from "../document/argumentcheck.js";
import { callDraft, withCallDraft } from "../document/calldrafts.js";
import { mocksOf } from "../document/mocks.js";
import { isPassed, isReady, openCalls } from "../document/toolcalls.js";
import { toolNamed } from "../document/tools.js";
import { paneAt } from "../document/workspace.js";
import { runOf, stopRun } from "../session/runs.js";
import { useCheck } from "./checks.js";
import { focusOn, takesFocus } from "../session/edits.js";
import { getState, store, update } from "../session/store.js";
import { allowedIn, answer, answerByMock, goOn, runOn, useBuiltin } from "../session/toolruns.js";

/** What `read(state, pane)` gives, in JSON so that only a change of it draws again; rows are drawn without their neighbours. */
export function useFacts(paneId, read) {
  const look = () => {
    const state = getState();
    const pane = state.workspace.panes[paneAt(state.workspace, paneId)];
    return JSON.stringify(pane ? read(state, pane) : null);
  };
  const [facts, setFacts] = useState(look);
  useEffect(() => {
    const listen = () => setFacts(look());
    store.listeners.add(listen);
    listen();
    return () => store.listeners.delete(listen);
  }, [paneId]);
  return JSON.parse(facts);
}

export function CallAnswer({ pane, row, call, place }) {
  const { name } = call.function;
  const facts = useFacts(pane, (state, { id, rows, params }) => ({
    tool: toolNamed(params.tools, name),
    has: Boolean(params.tools),
    open: openCalls(rows, row.id).some((other) => other.id === call.id),
    passed: isPassed(rows, row.id),
    mock: mocksOf(state.workspace, { params })[name] ?? null,
    draft: callDraft(state.workspace, row.id, place, call),
    builtin: state.boot.builtins.find((builtin) => builtin.name === name)?.title ?? null,
    allowed: allowedIn(rows, state).includes(name),
    busy: Boolean(runOf({ id })),
  }));
  const asked = facts && { kind: "arguments", text: call.function.arguments, tool: facts.tool };
  const result = useCheck(asked, { ...NO_VERDICT, owner: call, place: "" });
  if (!facts) return null;
  return html`${result && html`<${Check} result=${result} name=${name} has=${facts.has} />`}
    ${facts.open && !facts.busy && html`<${Answers} pane=${pane} row=${row} call=${call} place=${place} facts=${facts} />`}
    ${facts.open && facts.passed && html`<p class="help">This call has no result yet: hosted APIs refuse the next message.</p>`}
    ${!facts.open && html`<p class="help">Answered below.</p>`}`;
}

function Check({ result: { state, problems }, name, has }) {
  if (state === "right") return html`<p class="valid"><${Icon} name="check" />Arguments fit the schema of ${name}</p>`;
  if (state === "unknown" && !problems.length) {
    return html`<p class="valid"><${Icon} name="check" /><span>valid JSON${has && name ? html`<span class="no-tool">; no tool of this name is in the request</span>` : ""}</span></p>`;
  }
  return html`<ul class="problems">${problems.map((text) => html`<li key=${text} class="problem">${text}</li>`)}</ul>`;
}

function Answers({ pane, row, call, place, facts: { builtin, mock, allowed, draft } }) {
  const { name } = call.function;
  const write = (change) => update((now) => withCallDraft(now, row.id, place, call, change), { silent: true });
  if (draft.open) return html`<${ByHand} pane=${pane} row=${row} call=${call} draft=${draft} onDraft=${write} />`;
  return html`<div class="call-answers" role="group" aria-label=${`Answer the call ${name}`}>
    ${builtin && html`<button type="button" class="bordered primary" onClick=${() => useBuiltin(pane, row.id, call)}>Run ${builtin.toLowerCase()}</button>`}
    ${builtin &&
    !allowed &&
    html`<button type="button" class="quiet" title=${`${builtin} runs without asking from now on, until a new conversation`} onClick=${() => useBuiltin(pane, row.id, call, true)}>
      Always in this conversation
    </button>`}
    ${mock !== null && html`<button type="button" class="bordered" title=${mock} onClick=${() => answerByMock(pane, row.id, call, mock)}>Use the mock</button>`}
    <button type="button" class="bordered" onClick=${() => begin(row, () => write({ open: true, text: draft.text || (mock ?? "") }))}>Answer by hand${draft.text && "…"}</button>
  </div>`;
}

/** The box takes the focus when it is opened, not when it is drawn again below an answer that was made anew. */
function begin(row, open) {
  focusOn(`${row.id}.result`);
  open();
}

const SUBMIT = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey;

/** What the user types as a result. It stays typed until it is given, whatever happens to the box. */
function ByHand({ pane, row, call, draft, onDraft }) {
  const { name } = call.function;
  const give = (event) => {
    event.preventDefault();
    answer(pane, row.id, call, draft.text, draft.keep);
    onDraft(null);
  };
  const onKeyDown = (event) => {
    if (SUBMIT(event)) give(event);
    else if (event.key === "Escape") {
      event.preventDefault();
      onDraft({ open: false });
    }
  };
  return html`<form class="call-form" onSubmit=${give} onKeyDown=${onKeyDown} data-own-undo>
    <textarea
      rows="2"
      class="mono"
      aria-label=${`Result of ${name}`}
      placeholder=${`What the tool gives back, JSON or text. ${MODIFIER} + Enter answers.`}
      spellcheck=${false}
      value=${draft.text}
      ref=${(field) => field && takesFocus(`${row.id}.result`) && field.focus()}
      onInput=${(event) => onDraft({ text: event.target.value })}
    ></textarea>
    <div class="call-answers">
      <button type="submit" class="bordered primary">Answer</button>
      <button type="button" class="quiet" title="What you typed is kept" onClick=${() => onDraft({ open: false })}>Close</button>
      <label><input type="checkbox" checked=${draft.keep} onChange=${(event) => onDraft({ keep: event.target.checked })} /> Keep as the mock of ${name || "this tool"}</label>
    </div>
  </form>`;
}

/** Below the calls of a row: what the chain of rounds does, and the way on. */
export function RoundEnd({ pane, row }) {
  const facts = useFacts(pane, (state, { id, rows }) => ({
    ready: isReady(rows, row.id),
    busy: Boolean(runOf({ id })),
    chain: state.chains[id]?.row === row.id ? state.chains[id] : null,
  }));
  const { note, working, limited } = facts?.chain ?? {};
  if (!facts || (!note && (!facts.ready || facts.busy))) return null;
  return html`<li class="round-end">
    ${note && html`<p class="help" role="status">${note}</p>`}
    ${working && html`<button type="button" class="bordered" onClick=${() => stopRun({ id: pane })}>Stop</button>`}
    ${limited && !facts.busy && html`<button type="button" class="bordered primary" onClick=${() => goOn(pane, row.id)}>Go on</button>`}
    ${facts.ready && !facts.busy && html`<button type="button" class="bordered primary" onClick=${() => runOn(pane, row.id)}>Run on</button>`}
  </li>`;
}
