// Files dropped anywhere on the page: texts open the Import dialog, pictures go to what takes them (images/images.js).
import { isImportable, openFile } from "../session/importing.js";
import { patch } from "../session/store.js";

const SIGN = "Drop to import";

/** Whether what is held over the page is files, none of them a picture. Their names are told when they are dropped. */
function mayBeText({ types, items }) {
  if (!types.includes("Files")) return false;
  return ![...items].some(({ type }) => type.startsWith("image/"));
}

/** Only where no other dialog is open. */
const isFree = () => !document.querySelector("dialog[open]:not(.import-sheet)");

export function listenDrops() {
  const { body } = document;
  const unmark = () => body.dataset.drop === SIGN && body.removeAttribute("data-drop");
  // Before the rows see it: what is prevented here, they leave alone.
  const over = (event) => {
    if (!event.dataTransfer || !mayBeText(event.dataTransfer) || !isFree()) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    body.dataset.drop = SIGN;
  };
  window.addEventListener("dragenter", over, true);
  window.addEventListener("dragover", over, true);
  window.addEventListener("dragleave", (event) => event.relatedTarget || unmark(), true);
  window.addEventListener(
    "drop",
    (event) => {
      unmark();
      const files = [...(event.dataTransfer?.files ?? [])];
      const texts = files.filter(isImportable);
      if (!texts.length || !isFree()) return;
      event.preventDefault();
      openFile(texts);
    },
    true,
  );
  window.addEventListener("dragover", stay);
  window.addEventListener("drop", stay);
}

/** A file that is dropped beside its target would replace the page, and with it what is running. */
function stay(event) {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
  const [file] = event.dataTransfer.files;
  if (file && !file.type.startsWith("image/")) patch({ notice: `${file.name} is no text that can be imported.` });
}
