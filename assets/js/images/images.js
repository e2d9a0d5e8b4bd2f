// Pictures on their way in: files, URLs, and what is dropped or pasted become image parts that are ready to send:
// upright, without metadata, no larger than the user wants.
import { fit, formatOf, isAnimated, plainJpeg } from "./imagefacts.js";
import { isImportable } from "../session/importing.js";
import { getState, patch } from "../session/store.js";

const QUALITY = 0.9;
const KEPT = { png: "image/png", gif: "image/png", webp: "image/webp" }; // a GIF's first frame, without loss
const UNREADABLE = {
  svg: "is an SVG drawing, which chat models do not read. Save it as PNG.",
  heic: "is a HEIC picture, which this browser cannot read. Save it as JPEG or PNG.",
};
const NO_PICTURE = "is not a picture this browser can read. Use PNG, JPEG, WebP or GIF.";

const tell = (notice) => patch({ notice });

/** The longest side that a picture may keep, in pixels; 0 for any. */
export const imageSide = ({ workspace, boot } = getState()) => workspace.imageSide ?? boot.image_side;

// --- files -----------------------------------------------------------------------------------------

/** An image part of a file. Throws an Error with a message for the user if the file is not a picture. */
export const imagePart = async (file) => (await readImage(file)).part;

/** { part, note } of a file; the note tells what was left behind that the user may miss, or is null. */
async function readImage(file, name = file.name || "That file") {
  const content = await file.arrayBuffer().catch(() => null); // a folder, or a file that is gone
  if (!content) throw new Error(`${name} could not be read.`);
  const bytes = new Uint8Array(content);
  const format = formatOf(bytes);
  const whole = format === "svg" ? null : await pixelsOf(file);
  const size = whole && fit(whole, imageSide());
  const plain = format === "jpeg" && size?.width === whole?.width ? plainJpeg(bytes) : null;
  const blob = plain ? new Blob([plain], { type: "image/jpeg" }) : size && (await drawn(file, size, format, name));
  if (!blob) throw new Error(`${name} ${UNREADABLE[format] ?? NO_PICTURE}`);
  const part = partOf(await dataUrl(blob));
  return { part, note: isAnimated(bytes, format) ? `${name} is animated: only its first frame is added.` : null };
}

const partOf = (url) => ({ type: "image_url", image_url: { url } });

/** The { width, height } of a picture as it is to be seen, without decoding it; null if it is none. */
async function pixelsOf(file) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  const loaded = new Promise((resolve) => {
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve(null);
  });
  image.src = url;
  const pixels = await loaded;
  URL.revokeObjectURL(url);
  return pixels?.width ? pixels : null;
}

/** The picture drawn anew in this size; null if it can't be decoded. Throws an Error for the user if too large. */
async function drawn(file, { width, height }, format, name) {
  const how = { imageOrientation: "from-image", resizeWidth: width, resizeHeight: height, resizeQuality: "high" };
  const bitmap = await createImageBitmap(file, how).catch(() => null);
  if (!bitmap) return null;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const type = KEPT[format] ?? (format !== "jpeg" && isSeeThrough(context, width, height) ? "image/png" : "image/jpeg");
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
  if (!blob) throw new Error(`${name} is too large for this browser at full size. Choose a longest side.`);
  return blob;
}

function isSeeThrough(context, width, height) {
  const { data } = context.getImageData(0, 0, width, height);
  for (let at = 3; at < data.length; at += 4) if (data[at] < 255) return true;
  return false;
}

const dataUrl = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

/** Let the user choose pictures; resolves to image parts. What there is to say of them goes to `onNotice`. */
export function chooseImages(onNotice) {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = "image/*";
    input.multiple = true;
    input.addEventListener("change", () => resolve(readImages(input.files, onNotice)));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}

/** The image parts of those files that are pictures, one after the other: decoded they are large. */
export async function readImages(files, onNotice) {
  const parts = [];
  const notes = [];
  for (const file of files) {
    const { part, note } = await readImage(file).catch((error) => ({ part: null, note: error.message }));
    if (part) parts.push(part);
    if (note) notes.push(note);
  }
  const more = notes.length > 3 ? ` And ${notes.length - 3} more like these.` : "";
  if (notes.length) onNotice(notes.slice(0, 3).join(" ") + more);
  return parts;
}

// --- URLs ------------------------------------------------------------------------------------------

/** The image part of a URL that was typed. Throws an Error with a message for the user. */
export async function urlPart(text) {
  const typed = text.trim();
  if (!typed) throw new Error("Type or paste the address of a picture.");
  if (typed.startsWith("data:")) return dataPart(typed);
  const url = URL.canParse(typed) ? new URL(typed) : null;
  if (!/^https?:$/.test(url?.protocol)) throw new Error("The address starts with https://, http:// or data:image/.");
  return partOf(url.href);
}

async function dataPart(url) {
  const content = /^data:image\/[\w.+-]+;base64,(.+)$/s.exec(url)?.[1];
  const bytes = content && decoded(content);
  if (!bytes) throw new Error("A picture's data URL is data:image/…;base64,… and whole; this one is not.");
  return (await readImage(new Blob([bytes]), "That data URL")).part;
}

function decoded(base64) {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return null; // not base64
  }
}

// --- dropped and pasted ----------------------------------------------------------------------------

/** Hand on what is read of these files or this URL, unless pictures are refused. */
async function take(files, url, { blind, onAdd }) {
  if (blind) return tell(`No picture was added: ${blind}.`);
  const fromUrl = async () => [await urlPart(url).catch((error) => tell(error.message))].filter(Boolean);
  const parts = files.length ? await readImages(files, tell) : await fromUrl();
  return parts.length ? onAdd(parts) : undefined;
}

/**
 * Properties for an element on which pictures can be dropped: files, or pictures of another page. While something is
 * held over it, its attribute `data-drop` says what a drop would do, and `data-drop-refused` is set if nothing.
 * `blind`: why pictures are refused, or nothing. onAdd(parts).
 */
export function dropImages({ blind, onAdd }) {
  const over = (event) => {
    if (event.defaultPrevented) return unmark(event.currentTarget); // no picture: views/filedrop.js takes it
    if (!mayHold(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    mark(event.currentTarget, blind);
  };
  return {
    onDragEnter: over,
    onDragOver: over,
    onDragLeave: (event) => event.currentTarget.contains(event.relatedTarget) || unmark(event.currentTarget),
    onDrop: (event) => {
      unmark(event.currentTarget);
      if (event.defaultPrevented) return;
      const files = [...event.dataTransfer.files].filter((file) => !isImportable(file)); // texts: views/filedrop.js
      const url = files.length ? null : pictureUrl(event.dataTransfer);
      if (!files.length && !url) return; // a link or a text, which a text field takes by itself
      event.preventDefault();
      take(files, url, { blind, onAdd });
    },
  };
}

const mayHold = ({ types }) => types.includes("Files") || types.includes("text/uri-list");

function mark(element, blind) {
  element.dataset.drop = blind || "Drop to add";
  element.toggleAttribute("data-drop-refused", Boolean(blind));
}

function unmark(element) {
  element.removeAttribute("data-drop");
  element.removeAttribute("data-drop-refused");
}

/** The URL of a picture that was dragged from another page, or null for another link. */
function pictureUrl(transfer) {
  const link = transfer.getData("text/uri-list").split(/[\r\n]+/).find((line) => line && !line.startsWith("#"));
  const { body } = new DOMParser().parseFromString(transfer.getData("text/html"), "text/html");
  const source = body.textContent.trim() ? null : body.querySelector("img")?.getAttribute("src");
  if (source) return source;
  return link && /^data:image\/|^https?:[^?#]*\.(png|jpe?g|webp|gif|avif)([?#]|$)/i.test(link) ? link : null;
}

/** Whether a paste was one of pictures, and has been dealt with. A text that comes with a picture of itself is none. */
export function pastedImages(event, { blind, onAdd }) {
  const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
  if (!files.length || holdsText(event.clipboardData)) return false;
  event.preventDefault();
  take(files, null, { blind, onAdd });
  return true;
}

/** Whether the clipboard's text is more than the name of a copied file, or the address of a copied picture. */
function holdsText(clipboard) {
  const text = clipboard.getData("text/plain").trim();
  const names = [...clipboard.files].map((file) => file.name);
  const isPath = (line) => /^(file:|\/|[a-z]:\\)/i.test(line);
  const isName = (line) => names.some((name) => line === name || (isPath(line) && line.endsWith(name)));
  const isSource = /^https?:\S+$/.test(text) && clipboard.getData("text/html").includes("<img");
  return text !== "" && !isSource && !text.split(/[\r\n]+/).every(isName);
}
