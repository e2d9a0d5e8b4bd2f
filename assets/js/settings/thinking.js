// The panel's switches about thinking, below the reasoning effort.
import { Switch } from "../controls.js";
import { html } from "../dom.js";
import { thinkingOf, whyNoThinking, whyNoThoughts, withThinking } from "../document/thinking.js";

const ANY = [["default", "default"], ["on", "on"], ["off", "off"]];

export function ThinkingSwitches({ pane, info, onChange }) {
  const thinking = thinkingOf(pane.extra);
  const broken = thinking === null ? "Extra JSON is not a JSON object yet" : null;
  return html`<${Setting}
      name="thinking"
      label="Thinking"
      options=${thinking === "other" ? [...ANY, ["other", "other"]] : ANY}
      value=${thinking ?? "default"}
      plain="default"
      refused=${broken ?? whyNoThinking(info)}
      help="Sent as chat_template_kwargs with the extra JSON: for models whose chat template can switch it."
      onChange=${(wanted) => wanted !== "other" && onChange({ extra: withThinking(pane.extra, wanted) })}
    />
    <${Setting}
      name="thoughts"
      label="Earlier reasoning"
      options=${[["out", "left out"], ["back", "sent back"]]}
      value=${pane.thoughts ? "back" : "out"}
      plain="out"
      refused=${whyNoThoughts(info)}
      help="Sent as reasoning_content with the earlier answers."
      onChange=${(wanted) => onChange({ thoughts: wanted === "back" })}
    />`;
}

/** A setting of a few words. One that is refused can only be set back. */
function Setting({ name, label, options, value, plain, refused, help, onChange }) {
  const set = value !== plain;
  const [, word] = options.find(([option]) => option === plain);
  return html`<div class="param" data-set=${set} data-refused=${Boolean(refused)} data-param=${name}>
    <div class="line">
      <span class="label">${label}</span>
      ${refused
        ? html`<button type="button" class="default" disabled=${!set} aria-label=${`${label}: set back to ${word}`} onClick=${() => onChange(plain)}>
            ${set ? `set to ${word}` : word}
          </button>`
        : html`<${Switch} label=${label} options=${options} value=${value} onChange=${onChange} />`}
    </div>
    ${refused ? html`<p class="reason">${set ? "Set it back: " : ""}${refused}</p>` : set && html`<p class="help">${help}</p>`}
  </div>`;
}
