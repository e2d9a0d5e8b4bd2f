// The composer: the next user message, for one pane or for all of them.
import { Thumbs } from "./controls.js";
import { html, IconButton, useLayoutEffect, useRef } from "./dom.js";
import { grow } from "./field.js";
import { chooseImages, readImages } from "./images.js";
import { targets } from "./keys.js";
import { runPanes, runOf, stopRun } from "./runs.js";
import { modelInfo } from "./server.js";
import { patch, update } from "./store.js";

const MODIFIER = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl";

export function Composer({ state }) {
  const { workspace } = state;
  const field = useRef(null);
  const several = workspace.panes.length > 1;
  const going = targets(workspace).map((index) => workspace.panes[index]);
  const running = going.length > 0 && going.every(runOf);
  const blind = going.every((pane) => modelInfo(pane)?.sees_images === false);
  useLayoutEffect(() => grow(field.current), [workspace.draft]);
  const setDraft = (draft) => update((current) => ({ ...current, draft }));
  const add = (parts) => update((current) => ({ ...current, draftImages: [...current.draftImages, ...parts] }));
  const tell = (notice) => patch({ notice });
  const run = () => runPanes(targets(workspace));
  return html`<section class="composer" aria-label="Next message">
    <div class="box">
      <${Thumbs}
        images=${workspace.draftImages}
        onChange=${(draftImages) => update((current) => ({ ...current, draftImages }))}
      />
      <textarea
        ref=${field}
        rows="1"
        aria-label="Next user message"
        placeholder=${`Write the next message. ${MODIFIER} + Enter runs it.`}
        value=${workspace.draft}
        onInput=${(event) => setDraft(event.target.value)}
        onPaste=${async (event) => {
          const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
          if (!files.length || blind) return;
          event.preventDefault();
          add(await readImages(files, tell));
        }}
      ></textarea>
      <div class="bar">
        <${IconButton}
          icon="image"
          label=${blind ? "This model cannot see images" : "Add images"}
          disabled=${blind}
          onClick=${async () => add(await chooseImages(tell))}
        />
        ${several &&
        html`<button
          type="button"
          class="chip"
          aria-pressed=${workspace.synced ? "true" : "false"}
          title="Whether a message goes to both panes, or to the chosen one"
          onClick=${() => update((current) => ({ ...current, synced: !current.synced }))}
        >
          ${workspace.synced ? "to both panes" : `to pane ${workspace.active + 1}`}
        </button>`}
        <span class="grow"></span>
        ${running
          ? html`<button type="button" class="stop" onClick=${() => going.forEach(stopRun)}>Stop${several && workspace.synced ? " all" : ""}</button>`
          : html`<button type="button" class="run" onClick=${run}>Run${several && workspace.synced ? " all" : ""}</button>`}
      </div>
    </div>
  </section>`;
}
