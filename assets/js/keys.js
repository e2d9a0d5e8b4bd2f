// Keys that work anywhere on the page. The table is also what the help shows.
import { MAC, MODIFIER } from "./dom.js";
import { focusPane } from "./editor/pane.js";
import { openImport } from "./session/importing.js";
import { runOf, runPanes, stopAll, targets } from "./session/runs.js";
import { announce, getState, patch, stepBack, update } from "./session/store.js";
import { isWorking } from "./session/toolruns.js";

const ALT = MAC ? "⌥" : "Alt";

const isRedo = (event) => event.key.toLowerCase() === "y" || event.shiftKey;

/** Each: what to press, what it does, and for those that work everywhere, the test and the act. */
export const KEYS = [
  {
    keys: `${MODIFIER} Enter`,
    does: "Run: the panes that the message goes to",
    is: (event) => isCommand(event) && event.key === "Enter" && !event.shiftKey,
    act: () => runPanes(targets(getState().workspace)),
  },
  {
    keys: `${MODIFIER} ⇧ Enter`,
    does: "Run this pane alone",
    is: (event) => isCommand(event) && event.key === "Enter" && event.shiftKey,
    act: () => runPanes([getState().workspace.active]),
  },
  { keys: `${ALT} Enter`, does: "Run to the message you are in" },
  { keys: "Esc", does: "Stop all runs", is: (event) => event.key === "Escape", act: escape },
  {
    keys: `${MODIFIER} Z`,
    does: "Undo",
    is: (event) => isCommand(event) && event.key.toLowerCase() === "z" && !event.shiftKey && isOurs(event.target),
    act: () => step(true),
  },
  {
    keys: `${MODIFIER} ⇧ Z or ${MODIFIER} Y`,
    does: "Redo",
    is: (event) => isCommand(event) && ["y", "z"].includes(event.key.toLowerCase()) && isRedo(event) && isOurs(event.target),
    act: () => step(false),
  },
  { keys: `${ALT} ↑ ↓`, does: "Move the message you are in" },
  { keys: `${ALT} ⇧ ↑ ↓`, does: "New message above or below" },
  { keys: "F6, ⇧ F6", does: "Next or previous pane", is: (event) => event.key === "F6", act: (event) => goTo(event.shiftKey ? -1 : 1) },
  { keys: `${MODIFIER} .`, does: "Chat, code or raw view", is: (event) => isCommand(event) && event.key === ".", act: () => switchView() },
  { keys: `${MODIFIER} O`, does: "Import: code, JSON or a file", is: (event) => isCommand(event) && event.key.toLowerCase() === "o" && !event.shiftKey, act: openImport },
  { keys: "/", does: "Write the next message", is: (event) => event.key === "/" && isFree(event), act: () => document.querySelector("#composer textarea")?.focus() },
  { keys: "?", does: "These keys", is: (event) => event.key === "?" && isFree(event), act: () => patch({ dialog: { kind: "help" } }) },
];

const isCommand = (event) => (MAC ? event.metaKey : event.ctrlKey) && !event.altKey;
const isText = (element) => element?.matches?.("textarea, select, input:not([type=range], [type=checkbox])");
const isFree = (event) => !isText(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey;

/** Fields whose text is not part of the workspace are marked, and undo by themselves. */
const isOurs = (element) => !element?.closest?.("[data-own-undo]");

export function listenKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], :popover-open")) return;
    const key = KEYS.find(({ is }) => is?.(event));
    if (!key) return;
    event.preventDefault();
    key.act(event);
  });
}

function escape() {
  if (getState().drawer) patch({ drawer: false });
  else if (getState().workspace.panes.some((pane) => runOf(pane) || isWorking(pane))) stopAll();
}

/** Undo or redo. */
export function step(back) {
  if (!stepBack(back)) announce(back ? "Nothing to undo." : "Nothing to redo.");
}

function goTo(way) {
  const { panes, active } = getState().workspace;
  const index = (active + way + panes.length) % panes.length;
  update((current) => ({ ...current, active: index }), { silent: true });
  focusPane(index);
}

const VIEWS = ["chat", "code", "raw"];

function switchView() {
  update((current) => ({ ...current, view: VIEWS[(VIEWS.indexOf(current.view) + 1) % VIEWS.length] }), { silent: true });
}
