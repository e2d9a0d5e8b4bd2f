// Beside the panes: the parameters of the active pane, or the variables of the conversation.
import { Cases } from "./cases.js";
import { Switch } from "../controls.js";
import { html, IconButton } from "../dom.js";
import { Params } from "./params.js";
import { patch, update } from "../session/store.js";
import { chosenRow, missingIn } from "../document/variables.js";
import { variablesOf } from "../document/workspace.js";

export function Side({ state }) {
  const { workspace, drawer } = state;
  const names = variablesOf(workspace);
  const missing = missingIn(chosenRow(workspace.variables), names).length;
  const badge = names.length ? ` ${names.length}` : "";
  return html`<aside class="side" aria-label="Settings" data-open=${drawer}>
    <header>
      <${Switch}
        label="Settings"
        options=${[
          ["params", "Parameters"],
          ["variables", html`Variables<small class=${missing ? "missing" : ""} title=${missing ? `${missing} without a value` : ""}>${badge}</small>`],
        ]}
        value=${workspace.side}
        onChange=${(side) => update((current) => ({ ...current, side }), { silent: true })}
      />
      <${IconButton} icon="close" class="icon-button only-narrow" label="Close the settings" onClick=${() => patch({ drawer: false })} />
    </header>
    ${workspace.side === "variables" ? html`<${Cases} state=${state} names=${names} />` : html`<${Params} state=${state} />`}
  </aside>`;
}
