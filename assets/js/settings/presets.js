// Presets of parameters: three that come with the page, and the user's own.
import { html, Icon, IconButton, useState } from "../dom.js";
import { newId } from "../document/message.js";
import { BUILT_IN, describe, hasNone, holds, settingsOf, withPreset } from "../document/presets.js";
import { whyNoThoughts } from "../document/thinking.js";
import { modelInfo } from "../session/server.js";
import { update } from "../session/store.js";
import { changeSettings } from "../document/workspace.js";

const presetsOf = (workspace) => [...BUILT_IN, ...workspace.presets];

function taken(pane, preset) {
  const info = modelInfo(pane);
  return withPreset(pane, preset, info?.refuses ?? {}, whyNoThoughts(info));
}

export function Presets({ workspace, index }) {
  const [naming, setNaming] = useState(null);
  const pane = workspace.panes[index];
  const apply = (preset) => update((now) => changeSettings(now, index, (before) => taken(before, preset)));
  const save = (event) => {
    event.preventDefault();
    const name = naming.trim();
    if (!name) return;
    const others = workspace.presets.filter((preset) => preset.name !== name);
    update((now) => ({ ...now, presets: [...others, { id: newId(), name, ...settingsOf(pane) }] }));
    setNaming(null);
  };
  const empty = hasNone(pane);
  return html`<div class="presets" role="group" aria-label="Presets">
    ${presetsOf(workspace).map((preset) => {
      const own = workspace.presets.includes(preset);
      return html`<span key=${preset.id} class="preset">
        <button
          type="button"
          class="chip"
          aria-pressed=${holds(pane, preset) ? "true" : "false"}
          title=${describe(preset)}
          onClick=${() => apply(preset)}
        >
          ${preset.name}
        </button>
        ${own &&
        html`<${IconButton}
          icon="close"
          label=${`Delete the preset ${preset.name}`}
          onClick=${() => update((now) => ({ ...now, presets: now.presets.filter((other) => other.id !== preset.id) }))}
        />`}
      </span>`;
    })}
    ${naming === null
      ? html`<button
          type="button"
          class="chip"
          disabled=${empty}
          title=${empty ? "Give a parameter a value first" : "Keep these parameters as a preset"}
          onClick=${() => setNaming("")}
        >
          <${Icon} name="plus" />save
        </button>`
      : html`<form class="bar" onSubmit=${save}>
          <input
            aria-label="Name of the preset"
            placeholder="name"
            data-own-undo
            ref=${(element) => element && document.activeElement !== element && element.focus()}
            value=${naming}
            onInput=${(event) => setNaming(event.target.value)}
            onKeyDown=${(event) => event.key === "Escape" && (event.preventDefault(), setNaming(null))}
          />
          <button type="submit" disabled=${!naming.trim()}>Save</button>
        </form>`}
  </div>`;
}
