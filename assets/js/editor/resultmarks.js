// Below the result of a tool: whether a saved mock gave it, and a hint where it begins like JSON and is none.
import { html } from "../dom.js";
import { mocksOf } from "../document/mocks.js";
import { textOf } from "../document/message.js";
import { brokenJson } from "../document/toolresults.js";
import { nameOf, toolOf, toolTexts } from "../document/tools.js";
import { useFacts } from "./callanswers.js";
import { offerUndo, patch } from "../session/store.js";
import { setMock } from "../session/toolruns.js";

export function ResultMarks({ pane, row }) {
  const text = textOf(row.message);
  const broken = brokenJson(text);
  const mocked = row.mock?.text === text;
  return html`${broken && html`<p class="help">${broken}</p>`}
    ${mocked && html`<${Mocked} pane=${pane} name=${row.mock.name} />`}`;
}

function Mocked({ pane, name }) {
  const facts = useFacts(pane, ({ workspace }, own) => ({
    saved: Object.hasOwn(mocksOf(workspace, own), name),
    at: (toolTexts(own.params.tools) ?? []).findIndex((one) => nameOf(toolOf(one)) === name),
  }));
  if (!facts) return null;
  const remove = () => offerUndo(`The mock of ${name} is removed; what it answered stays.`, setMock(name, null));
  return html`<p class="help mocked">
    <span>Answered by the mock of ${name}.</span>
    ${facts.saved && facts.at >= 0 && html`<button type="button" class="quiet" onClick=${() => patch({ dialog: { kind: "tool", at: facts.at } })}>Change it</button>`}
    ${facts.saved && html`<button type="button" class="quiet" onClick=${remove}>Remove it</button>`}
  </p>`;
}
