// The composer: the next user message, for one pane or for all of them.
import { Toggle } from "../controls.js";
import { html, MODIFIER } from "../dom.js";
import { TextField } from "../field.js";
import { blindness } from "./pane.js";
import { AddImages, dropImages, pastedImages, Thumbs } from "../images/pictures.js";
import { runOf, runPanes, stopRun, targets } from "../session/runs.js";
import { getState, offerUndo, update } from "../session/store.js";
import { switchSync } from "../document/workspace.js";

export function Composer({ state }) {
  const { workspace } = state;
  const several = workspace.panes.length > 1;
  const going = targets(workspace).map((index) => workspace.panes[index]);
  const running = going.filter(runOf);
  const blind = going.every(blindness) ? blindness(going[0]) : null;
  const setImages = (draftImages) => update((current) => ({ ...current, draftImages }));
  const onAdd = (parts) => setImages([...getState().workspace.draftImages, ...parts]);
  const all = going.length > 1 ? " all" : "";
  return html`<section class="composer" aria-label="Next message">
    <div class="box" ...${dropImages({ blind, onAdd })}>
      <${Thumbs} label="Images of the next message" images=${workspace.draftImages} onChange=${setImages} />
      <${TextField}
        aria-label="Next user message"
        placeholder=${several && going.length === 1 ? `Write to pane ${workspace.active + 1}. ${MODIFIER} + Enter runs it.` : `Write the next message. ${MODIFIER} + Enter runs it.`}
        text=${workspace.draft}
        onText=${(draft) => update((current) => ({ ...current, draft }), { as: "draft" })}
        onPaste=${(event) => pastedImages(event, { blind, onAdd })}
      />
      <div class="bar">
        <${AddImages} blind=${blind} onAdd=${onAdd} />
        ${several && html`<${Sync} workspace=${workspace} />`}
        <span class="grow"></span>
        ${running.length > 0 && html`<button type="button" class="stop" onClick=${() => running.forEach(stopRun)}>Stop${all}</button>`}
        ${running.length < going.length && html`<button type="button" class="run" onClick=${() => runPanes(targets(workspace))}>Run${all}</button>`}
      </div>
    </div>
  </section>`;
}

const SYNCS = [
  ["prompt", "prompt", "system prompt", "The system prompt is the same in all panes"],
  ["history", "messages", "conversation", "Messages that you write, edit, move or delete reach all panes; answers stay each pane's own. Switched on, panes that differ take over this one's conversation"],
  ["params", "settings", "settings", "The parameters are the same in all panes"],
];

const Sync = ({ workspace }) =>
  html`<span class="sync" role="group" aria-label="The same in all panes">
    <small>in all panes:</small>
    ${SYNCS.map(
      ([what, text, long, title]) =>
        html`<${Toggle} key=${what} on=${workspace.sync[what]} title=${title} onClick=${() => toggle(what, long)}>${text}<//>`,
    )}
  </span>`;

function toggle(what, long) {
  const before = getState().workspace;
  if (what === "history" && !before.sync[what]) before.panes.filter((_, index) => index !== before.active).forEach(stopRun);
  const step = update((current) => switchSync(current, what));
  if (before.sync[what] || JSON.stringify(before.panes) === JSON.stringify(getState().workspace.panes)) return;
  offerUndo(`All panes have the ${long} of pane ${before.active + 1} now.`, step);
}
