// Mounts the page's regions. Each gr.HTML of ui/page.py calls `mount` once with its own environment.
import { Composer } from "./editor/composer.js";
import { CodeBar } from "./views/codebar.js";
import { html, render, useEffect, useState } from "./dom.js";
import { Header } from "./header.js";
import { listenKeys } from "./keys.js";
import { Pane } from "./editor/pane.js";
import { watchPresses } from "./press.js";
import { listenDrops } from "./views/filedrop.js";
import { keepFocus } from "./session/focus.js";
import { attach } from "./session/runs.js";
import { attachServer, fetchModels } from "./session/server.js";
import { Side } from "./settings/side.js";
import { getState, start, store } from "./session/store.js";

const REGIONS = { header: Header, codebar: CodeBar, pane: Pane, composer: Composer, side: Side };

let booted;
const boot = new Promise((resolve) => {
  booted = resolve;
});

/** Show a region and keep it up to date with the store. env: { element, props, trigger, watch, server, index }. */
export async function mount(region, env) {
  if (region === "header") {
    attachServer(env);
    await start(env.props.boot);
    booted();
    listenKeys();
    watchPresses();
    keepFocus((listener) => store.listeners.add(listener));
    listenDrops();
    for (const name of new Set(getState().workspace.panes.map((pane) => pane.endpoint))) fetchModels(name);
  }
  if (region === "pane") attach(env.index, env);
  await boot;
  const root = env.element.querySelector(".region");
  render(html`<${Connected} view=${REGIONS[region]} env=${env} />`, root);
  document.body.dataset.ready = region;
}

/** Draws a region again whenever the store has changed. */
function Connected({ view, env }) {
  const [state, setState] = useState(getState());
  useEffect(() => {
    const listen = () => setState(getState());
    store.listeners.add(listen);
    listen();
    return () => store.listeners.delete(listen);
  }, []);
  return html`<${view} state=${state} env=${env} />`;
}
