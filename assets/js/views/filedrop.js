// Files dropped anywhere on the page: texts open the Import dialog, pictures go to what takes them (images/images.js).
import { isImportable, openFile } from "../session/importing.js";
import { patch } from "../session/store.js";

const SIGN = "Drop to import";

const isPicture = ({ type }) => type.startsWith("image/");
const holdsFiles = (event) => Boolean(event.dataTransfer?.types.includes("Files"));

/** Only where no other dialog is open. */
const isFree = () => !document.querySelector("dialog[open]:not(.import-sheet)");

function mark(event) {
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  document.body.dataset.drop = SIGN;
}

const unmark = () => document.body.dataset.drop === SIGN && document.body.removeAttribute("data-drop");

export function listenDrops() {
  for (const kind of ["dragenter", "dragover"]) {
    window.addEventListener(kind, overFirst, true);
    window.addEventListener(kind, overLast);
  }
  window.addEventListener("dragleave", (event) => event.relatedTarget || unmark(), true);
  window.addEventListener("drop", dropFirst, true);
  window.addEventListener("drop", dropLast);
}

// --- before the rows see it: what is prevented here, they leave alone --------------------------------

/** Files without a picture among them are for the import; their names are told when they are dropped. */
function overFirst(event) {
  if (holdsFiles(event) && isFree() && ![...event.dataTransfer.items].some(isPicture)) mark(event);
}

function dropFirst(event) {
  unmark();
  if (!holdsFiles(event) || !isFree()) return;
  const files = [...event.dataTransfer.files];
  if (files.some(isImportable) && !files.some(isPicture)) event.preventDefault();
}

// --- after the rows: pictures that they take are theirs ----------------------------------------------

function overLast(event) {
  if (!holdsFiles(event)) return;
  const items = [...event.dataTransfer.items];
  if (event.defaultPrevented) {
    if (items.some(isPicture)) unmark();
  } else if (isFree() && !items.every(isPicture)) mark(event);
  else stay(event);
}

/** The texts are opened; of the other files it is said that they are left out, unless a row has taken them. */
function dropLast(event) {
  if (!holdsFiles(event)) return;
  const files = [...event.dataTransfer.files];
  const texts = files.filter(isImportable);
  const others = files.filter((file) => !isImportable(file));
  const taken = event.defaultPrevented && !(texts.length && !others.some(isPicture));
  stay(event);
  if (!isFree()) return;
  if (texts.length) openFile([...texts, ...(taken ? [] : others)]);
  else if (!taken && !others.every(isPicture)) patch({ notice: `${nameOf(others)} is no text that can be imported.` });
}

const nameOf = (files) => files.find((file) => !isPicture(file)).name;

/** A file that is dropped beside its target would replace the page, and with it what is running. */
function stay(event) {
  if (event.defaultPrevented) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}
