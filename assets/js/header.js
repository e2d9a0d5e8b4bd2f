// The top bar: name, Chat and Code, panes, theme.
import { Switch } from "./controls.js";
import { html, Icon, IconButton, useEffect } from "./dom.js";
import { Picker } from "./picker.js";
import { patch, update } from "./store.js";
import { addPane } from "./workspace.js";

const PANES = 2;
const THEME = "playground.theme";

export function Header({ state }) {
  const { workspace } = state;
  useEffect(() => applyTheme(recall(THEME)), []);
  return html`<header class="top">
      <h1 class="brand"><span class="mark" aria-hidden="true"></span>Playground</h1>
      <span class="grow"></span>
      <${Switch}
        label="View"
        options=${[["chat", "Chat"], ["code", "Code"]]}
        value=${workspace.view}
        onChange=${(view) => update((current) => ({ ...current, view }))}
      />
      <span class="grow"></span>
      ${workspace.panes.length < PANES &&
      html`<button type="button" class="quiet" aria-label="Compare" title="Compare: add a pane, a copy of this one" onClick=${() => update(addPane)}>
        <${Icon} name="plus" /><span class="wide">Compare</span>
      </button>`}
      <${IconButton} icon="theme" label="Light or dark" onClick=${switchTheme} />
      <${IconButton} icon="sliders" class="icon-button only-narrow" label="Parameters" onClick=${() => patch({ drawer: !state.drawer })} />
    </header>
    ${state.notice &&
    html`<p class="notice" role="status">
      <${Icon} name="warn" />${state.notice}
      <${IconButton} icon="close" label="Close this notice" onClick=${() => patch({ notice: null })} />
    </p>`}
    ${state.undo &&
    html`<p class="undo" role="status">
      ${state.undo.text}
      <button type="button" onClick=${() => (state.undo.back(), patch({ undo: null }))}>Undo</button>
      <${IconButton} icon="close" label="Close" onClick=${() => patch({ undo: null })} />
    </p>`}
    ${state.picker !== null && html`<${Picker} state=${state} index=${state.picker} />`}`;
}

function applyTheme(theme) {
  if (theme) document.body.classList.toggle("dark", theme === "dark");
}

function switchTheme() {
  const dark = document.body.classList.toggle("dark");
  try {
    localStorage.setItem(THEME, dark ? "dark" : "light");
  } catch {
    // Storage is blocked: the choice holds until the page closes.
  }
}

function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
