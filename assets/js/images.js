// Pictures chosen by the user, made ready to send: upright, without metadata, no larger than needed.
import { getState } from "./store.js";

const KEPT = { "image/png": "image/png", "image/webp": "image/webp" };

/** An image part of a file. Throws an Error with a message for the user if the file is not a picture. */
export async function imagePart(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap) throw new Error(`${file.name || "That file"} is not a picture this browser can read. Use PNG, JPEG, WebP or GIF.`);
  const scale = Math.min(1, getState().boot.image_side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return { type: "image_url", image_url: { url: canvas.toDataURL(KEPT[file.type] ?? "image/jpeg", 0.9) } };
}

/** Let the user choose pictures; resolves to image parts. Files that are none are reported to `onError`. */
export function chooseImages(onError) {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = "image/*";
    input.multiple = true;
    input.addEventListener("change", () => resolve(readImages(input.files, onError)));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}

export async function readImages(files, onError) {
  const read = await Promise.allSettled([...files].map(imagePart));
  const failed = read.find((result) => result.status === "rejected");
  if (failed) onError(failed.reason.message);
  return read.filter((result) => result.status === "fulfilled").map((result) => result.value);
}
