// Import: the text that was pasted or dropped, what the server found in it, and how that gets into a pane.
// `state.importing` is { text, found, error, busy, chosen, before, note, said }; it outlives the dialog, until something
// was imported.
import { addAnswer, importBeside, importInto } from "../document/imports.js";
import { focusRow } from "./edits.js";
import { latestOnly } from "./latest.js";
import { forgetRun, stopRun } from "./runs.js";
import { askImport, fetchModels, LOST_SERVER } from "./server.js";
import { announce, getState, offerUndo, patch, update } from "./store.js";

const NOTHING = { text: "", found: [], error: null, busy: false, chosen: 0, before: "", note: null, said: "" };

export const importing = (state = getState()) => state.importing ?? NOTHING;

const change = (part) => patch({ importing: { ...importing(), ...part } });

export const openImport = () => patch({ dialog: { kind: "import" } });

const read = latestOnly(
  (text) => askImport(text).then((answer) => answer ?? { error: LOST_SERVER }, () => ({ error: LOST_SERVER })),
  (answer, text) => {
    if (importing().text !== text) return;
    const { found = [], error = null } = answer;
    const words = said(found, error);
    if (words !== importing().said) announce(words); // not again at every key
    change({ found, error, busy: false, chosen: 0, said: words });
  },
);

/** What a screen reader says of an answer. */
function said(found, error) {
  if (error) return error.message;
  return found.length === 1 ? `Found: ${found[0].title}.` : `${found.length} found.`;
}

/** Take this text, and ask what it holds. One that takes the place of another leaves a way back to that. */
export function setText(text, { instead = false, note = null } = {}) {
  const before = instead ? importing().text : importing().before;
  if (!text.trim()) return change({ ...NOTHING, text, before, note });
  change({ text, before: before === text ? "" : before, note, busy: true, error: null });
  return read(text);
}

export const choose = (chosen) => change({ chosen });

/** The files that are offered to be chosen, by the ends of their names. */
export const ACCEPTED = [".json", ".jsonl", ".ndjson", ".txt", ".sh", ".bash", ".py", ".js", ".mjs", ".ts", ".md"];

/** Whether a file that was dropped is a text that could be imported. */
export const isImportable = ({ name, type }) =>
  ACCEPTED.some((end) => name.toLowerCase().endsWith(end)) || /^text\/|[/+]json$/.test(type);

const fail = (message) => change({ error: { message, advice: "" }, found: [], busy: false });

/** Open the dialog with the text of a file. */
export async function openFile(files) {
  const [file, ...others] = files;
  openImport();
  if (file.size > 4 * getState().boot.import_characters) return fail(`${file.name} is too large to be imported.`);
  const text = await file.text().catch(() => null);
  if (text === null) return fail(`${file.name} could not be read.`);
  const left = others.map(({ name }) => name).join(", ");
  return setText(text, { instead: true, note: left ? `${file.name}; left out: ${left}` : file.name });
}

// --- into the panes ----------------------------------------------------------------------------------

/** Change the panes in one step, with a way back, and close the dialog. */
function take(words, change) {
  const step = update(change);
  patch({ dialog: null, importing: null });
  offerUndo(words, step);
  announce(words);
  const { panes, active } = getState().workspace;
  fetchModels(panes[active].endpoint);
  focusRow(panes[active].id, Number.MAX_SAFE_INTEGER);
}

export function replacePane(found) {
  const { workspace, boot } = getState();
  const index = workspace.active;
  const leave = found.messages.length ? forgetRun : stopRun;
  leave(workspace.panes[index]);
  const where = workspace.panes.length > 1 ? `pane ${index + 1}` : "the pane";
  take(`Imported into ${where}.`, (now) => importInto(now, boot, index, found));
}

export function openInNewPane(found) {
  const { boot } = getState();
  take("Imported into a new pane.", (now) => importBeside(now, boot, found));
}

export function addToConversation(found) {
  const { active } = getState().workspace;
  take("Answer added.", (now) => addAnswer(now, active, found));
}
