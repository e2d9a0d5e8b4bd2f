// Presets of parameters: three that come with the page, and the user's own.
import { html, Icon, IconButton, useState } from "../dom.js";
import { newId } from "../document/message.js";
import { modelInfo } from "../session/server.js";
import { update } from "../session/store.js";
import { changeSettings } from "../document/workspace.js";

/** Values are JSON texts, as parameters are kept. */
const BUILT_IN = [
  { id: "precise", name: "Precise", params: { temperature: "0.2", top_p: "0.9" } },
  { id: "balanced", name: "Balanced", params: { temperature: "0.7", top_p: "0.95" } },
  { id: "creative", name: "Creative", params: { temperature: "1.1", top_p: "0.98" } },
];

const presetsOf = (workspace) => [...BUILT_IN, ...workspace.presets];

/** Whether a pane has all values of a preset. */
const holds = (pane, { params, extra }) =>
  Object.entries(params).every(([name, value]) => pane.params[name] === value) && (!extra || extra === pane.extra);

/** A pane with a preset's values; what the preset does not speak of stays, what the model refuses is left out. */
function withPreset(pane, preset, refuses) {
  const wanted = Object.entries(preset.params).filter(([name]) => !refuses[name]);
  return { ...pane, params: { ...pane.params, ...Object.fromEntries(wanted) }, extra: preset.extra || pane.extra };
}

export function Presets({ workspace, index }) {
  const [naming, setNaming] = useState(null);
  const pane = workspace.panes[index];
  const apply = (preset) => update((now) => changeSettings(now, index, (before) => withPreset(before, preset, modelInfo(before)?.refuses ?? {})));
  const save = (event) => {
    event.preventDefault();
    const name = naming.trim();
    if (!name) return;
    const { params, extra } = pane;
    const others = workspace.presets.filter((preset) => preset.name !== name);
    update((now) => ({ ...now, presets: [...others, { id: newId(), name, params, extra }] }));
    setNaming(null);
  };
  const empty = !Object.keys(pane.params).length && !pane.extra.trim();
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

const describe = ({ params, extra }) =>
  [...Object.entries(params).map(([name, value]) => `${name} ${value}`), ...(extra?.trim() ? ["extra JSON"] : [])].join("\n");
