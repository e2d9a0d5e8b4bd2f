// The top bar: name, chat, code and raw view, undo, panes, comparison, theme, help; and what lies over the page.
import { Comparison } from "./views/comparison.js";
import { Menu, Switch } from "./controls.js";
import { html, Icon, IconButton, MODIFIER, useEffect } from "./dom.js";
import { clientOf, chooseLanguage } from "./document/codeasks.js";
import { Help } from "./views/help.js";
import { Importing } from "./views/importing.js";
import { step } from "./keys.js";
import { add } from "./editor/pane.js";
import { Picker } from "./settings/picker.js";
import { SchemaSheet } from "./settings/schemasheet.js";
import { PythonDialog, ToolDialog } from "./settings/tooldialog.js";
import { openImport } from "./session/importing.js";
import { canStep, getState, patch, update } from "./session/store.js";

const THEME = "playground.theme";
const DIALOGS = { comparison: Comparison, help: Help, import: Importing, schema: SchemaSheet, tool: ToolDialog, python: PythonDialog };

export function Header({ state }) {
  const { workspace, boot, dialog } = state;
  const { back, forth } = canStep();
  const Shown = dialog && DIALOGS[dialog.kind];
  useEffect(() => applyTheme(recall(THEME)), []);
  return html`<header class="top">
      <h1 class="brand"><span class="mark" aria-hidden="true"></span><span class="wide">Playground</span></h1>
      <span class="grow"></span>
      <${Switch}
        label="View"
        options=${[["chat", "Chat"], ["code", "Code"], ["raw", "Raw"]]}
        value=${workspace.view}
        onChange=${(view) => update((current) => ({ ...current, view }), { silent: true })}
      />
      <${IconButton} icon="undo" class="icon-button wide-only" label=${`Undo (${MODIFIER} Z)`} disabled=${!back} onClick=${() => step(true)} />
      <${IconButton} icon="redo" class="icon-button wide-only" label=${`Redo (${MODIFIER} ⇧ Z)`} disabled=${!forth} onClick=${() => step(false)} />
      ${workspace.panes.length < boot.panes &&
      html`<button type="button" class="quiet" aria-label="Compare" title="Compare: add a pane, a copy of the active one" onClick=${() => add(getState().workspace.active)}>
        <${Icon} name="plus" /><span class="wide">${workspace.panes.length > 1 ? "Pane" : "Compare"}</span>
      </button>`}
      ${workspace.panes.length > 1 &&
      html`<button type="button" class="quiet wide-only" aria-label="Summary" title="Figures and differences of all panes" onClick=${summarise}>
        <${Icon} name="compare" /><span class="wide">Summary</span>
      </button>`}
      <${IconButton} icon="sliders" class="icon-button only-narrow" label="Parameters" onClick=${() => patch({ drawer: !state.drawer })} />
      <${Menu} label="More" items=${moreItems} />
    </header>
    <p class="unseen" role="status" aria-live="polite">${state.said}</p>
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
    ${state.flash && html`<p class="undo flash">${state.flash}</p>`}
    ${state.picker !== null && html`<${Picker} state=${state} index=${state.picker} />`}
    ${Shown && html`<${Shown} state=${state} dialog=${dialog} />`}`;
}

/** The code view at its formats of data. */
const showData = () =>
  update(
    (now) => ({ ...(clientOf(now, getState().boot).language === "Data" ? now : chooseLanguage(now, getState().boot, "Data")), view: "code" }),
    { silent: true },
  );

const summarise = () => patch({ dialog: { kind: "comparison", tab: "figures" } });

function moreItems() {
  const { workspace } = getState();
  const { back, forth } = canStep();
  return [
    { text: "Undo", keys: `${MODIFIER} Z`, off: !back, why: "Nothing to undo", act: () => step(true) },
    { text: "Redo", keys: `${MODIFIER} ⇧ Z`, off: !forth, why: "Nothing to redo", act: () => step(false) },
    { text: "Compare answers", act: summarise },
    "-",
    { text: "Import…", keys: `${MODIFIER} O`, act: openImport },
    { text: "Export", act: showData },
    "-",
    { text: "Answers as Markdown", checked: workspace.markdown, act: () => update((now) => ({ ...now, markdown: !now.markdown }), { silent: true }) },
    { text: "Dark", checked: document.body.classList.contains("dark"), act: switchTheme },
    { text: "Keys", keys: "?", act: () => patch({ dialog: { kind: "help" } }) },
  ];
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
