// Keys that work anywhere on the page.
import { runPanes, stopAll } from "./runs.js";
import { getState, patch } from "./store.js";

/** The panes that a run from the composer goes to. */
export const targets = ({ synced, panes, active }) => (synced ? panes.map((_, index) => index) : [active]);

export function listenKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], .menu[open]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      runPanes(targets(getState().workspace));
    } else if (event.key === "Escape") {
      if (getState().drawer) patch({ drawer: false });
      else stopAll();
    }
  });
}
