// The workspace in the browser's storage: one per tab, kept over reloads and restarts; never a key.
//
// localStorage holds the document (it can be written while the page closes), IndexedDB the images (they are
// too large for it). A tab holds a lock on its workspace, so a new tab never opens one that another tab shows.
import { newId } from "./conversation.js";

const PREFIX = "playground.workspace.";
const TAB = "playground.tab";
const KEPT = 12;

export async function openStorage() {
  const tab = await claim();
  sessionStorage.setItem(TAB, tab.id);
  return {
    /** The stored document with its images, or null. */
    load: async () => withImages(parse(localStorage.getItem(PREFIX + tab.from))?.document ?? null),
    /** Store the document. Returns null, or what to tell the user. */
    save: (document) => write(PREFIX + tab.id, document),
  };
}

async function claim() {
  const mine = sessionStorage.getItem(TAB);
  if (!navigator.locks) return mine ? { id: mine, from: mine } : fresh(null);
  const held = new Set((await navigator.locks.query()).held.map((lock) => lock.name));
  const free = stored().filter((key) => !held.has(key)).map((key) => key.slice(PREFIX.length));
  const id = mine && !held.has(PREFIX + mine) ? mine : mine ? null : free[0];
  const tab = id ? { id, from: id } : fresh(mine);
  navigator.locks.request(PREFIX + tab.id, () => new Promise(() => {}));
  return tab;
}

const fresh = (from) => ({ id: newId(), from });

/** Keys of stored workspaces, latest first. */
function stored() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  const saved = (key) => parse(localStorage.getItem(key))?.saved ?? 0;
  return keys.map((key) => [saved(key), key]).sort((a, b) => b[0] - a[0]).map(([, key]) => key);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

let latest = null; // the document as last written

function write(key, document) {
  latest = document;
  const images = new Map();
  const text = pack(document, (reference, value) => {
    images.set(reference, value);
    return known.has(reference) ? reference : value;
  });
  // An image stands in the document itself until IndexedDB has it: the page may close before that.
  if (images.size) keepImages(images).then((more) => more && write(key, latest));
  if (put(key, text)) return null;
  for (const old of stored().filter((other) => other !== key)) localStorage.removeItem(old);
  if (put(key, text) || put(key, pack(document, (reference) => reference))) return null;
  return "This conversation is too large for the browser's storage; it will not survive a reload.";
}

function put(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    return false;
  }
  for (const old of stored().slice(KEPT)) localStorage.removeItem(old);
  return true;
}

const pack = (document, place) =>
  JSON.stringify({ saved: Date.now(), document }, (_, value) =>
    typeof value === "string" && value.startsWith("data:image/")
      ? place(`image:${value.length}:${hash(value)}`, value)
      : value,
  );

function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return (value >>> 0).toString(16);
}

// --- images --------------------------------------------------------------------------------------

const known = new Set();
let opening = null;

const database = () =>
  (opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("playground", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("images");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }));

/** Put images into IndexedDB. Resolves to whether there were new ones, once they are there. */
async function keepImages(images) {
  const fresh = [...images].filter(([reference]) => !known.has(reference));
  if (!fresh.length) return false;
  try {
    const transaction = (await database()).transaction("images", "readwrite");
    for (const [reference, value] of fresh) transaction.objectStore("images").put(value, reference);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } catch (error) {
    console.warn("images stay in the document: ", error);
    return false;
  }
  for (const [reference] of fresh) known.add(reference);
  return true;
}

async function withImages(document) {
  const references = new Set(JSON.stringify(document)?.match(/image:\d+:[0-9a-f]+(?=")/g) ?? []);
  if (!references.size) return document;
  const found = new Map();
  const store = (await database()).transaction("images").objectStore("images");
  await Promise.all(
    [...references].map(
      (reference) =>
        new Promise((resolve) => {
          const request = store.get(reference);
          request.onsuccess = () => resolve(request.result && found.set(reference, request.result));
          request.onerror = () => resolve();
        }),
    ),
  );
  for (const reference of found.keys()) known.add(reference);
  return restore(document, found);
}

const restore = (value, found) => {
  if (Array.isArray(value)) return value.map((item) => restore(item, found)).filter((item) => !isLost(item));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restore(item, found)]));
  }
  return found.get(value) ?? value;
};

const isLost = (part) => part?.type === "image_url" && part.image_url?.url?.startsWith("image:");
