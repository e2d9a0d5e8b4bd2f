// The workspace in the browser's storage: one per tab, kept over reloads and restarts; never a key.
//
// localStorage holds the document, because it can be written while the page closes; IndexedDB holds the images.
// A tab holds a lock on its workspace, so no two tabs ever show the same one.
import { newId } from "../document/message.js";
import { namesIn, nameOf, openImages } from "./imagestore.js";

const PREFIX = "playground.workspace.";
const TAB = "playground.tab";
const KEPT = 20;

const NO_STORAGE = "This browser lets the page store nothing, so a reload will empty it.";
const NO_IMAGES = "The pictures of this conversation could not be read from the browser's storage; its text is whole.";
const TOO_LARGE = "This conversation is too large for the browser's storage; it will not survive a reload.";
const MADE_ROOM = "The browser's storage was full: conversations of closed tabs made room for this one, the oldest first.";

/** What to use of the browser; an error where it is blocked. */
const browser = () => ({
  local: window.localStorage,
  session: window.sessionStorage,
  locks: navigator.locks ?? null,
  images: openImages(),
});

/**
 * Open this tab's storage: { load, save }. `load()` resolves to { document, notice }, the document null if there
 * is none; `save(document)` stores it at once and returns what to tell the user, or null.
 */
export async function openStorage(use = browser) {
  try {
    const { local, session, locks, images } = use();
    const tab = await claim(local, session, locks);
    session.setItem(TAB, tab.id);
    const held = locks ? new Set((await locks.query()).held.map(({ name }) => name)) : null;
    if (held?.size === 1) forgetImages(local, images);
    return new Storage(local, images, tab, closedTabs(local, held, tab.id));
  } catch (error) {
    console.warn("no storage", error);
    return { load: async () => ({ document: null, notice: NO_STORAGE }), save: () => null };
  }
}

/** Which workspace this tab keeps (`id`), and which it begins with (`from`). */
async function claim(local, session, locks) {
  const mine = session.getItem(TAB);
  if (!locks) return { id: mine ?? newId(), from: mine };
  for (const id of mine ? [mine] : stored(local)) {
    if (await lock(locks, id)) return { id, from: id };
  }
  const id = newId();
  await lock(locks, id);
  return { id, from: mine }; // a duplicated tab begins with a copy
}

const lock = (locks, id) =>
  new Promise((resolve) => {
    locks.request(PREFIX + id, { ifAvailable: true }, (granted) => {
      resolve(Boolean(granted));
      return granted ? new Promise(() => {}) : undefined; // held until the tab closes
    });
  });

/** Ids of stored workspaces, latest first. */
function stored(local) {
  const ids = Object.keys(local).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
  const saved = new Map(ids.map((id) => [id, parse(local.getItem(PREFIX + id))?.saved ?? 0]));
  return ids.sort((a, b) => saved.get(b) - saved.get(a));
}

/** Ids of workspaces that no tab shows, oldest first; none where that can't be known. */
const closedTabs = (local, held, own) =>
  held ? stored(local).filter((id) => id !== own && !held.has(PREFIX + id)).reverse() : [];

/** Delete the images of which no workspace speaks any more. Only for a tab that is alone: another could be storing one. */
function forgetImages(local, images) {
  const documents = stored(local).map((id) => local.getItem(PREFIX + id));
  images.keep(namesIn(documents.join("\n"))).catch((error) => console.warn("old images stay", error));
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

class Storage {
  constructor(local, images, tab, closed) {
    this.local = local;
    this.images = images;
    this.tab = tab;
    this.closed = closed;
    this.kept = new Set(); // names of images that IndexedDB is known to have
    this.latest = null;
    while (this.closed.length > KEPT) local.removeItem(PREFIX + this.closed.shift());
  }

  async load() {
    const text = this.local.getItem(PREFIX + this.tab.from);
    const document = parse(text)?.document ?? null;
    const names = namesIn(text ?? "");
    if (!names.size) return { document, notice: null };
    try {
      const found = await this.images.get([...names]);
      for (const name of found.keys()) this.kept.add(name);
      return { document: restore(document, found), notice: found.size < names.size ? NO_IMAGES : null };
    } catch (error) {
      console.warn("no images", error);
      return { document: restore(document, new Map()), notice: NO_IMAGES };
    }
  }

  save(document) {
    this.latest = document;
    const fresh = new Map();
    const whole = pack(document, (name, url) => {
      if (this.kept.has(name)) return name;
      fresh.set(name, url);
      return url; // stands in the document itself until IndexedDB has it: the page may close before that
    });
    if (fresh.size) this.keep(fresh);
    if (this.write(whole)) return null;
    const small = fresh.size ? pack(document, (name) => name) : whole;
    if (this.write(small)) return null;
    while (this.closed.length) {
      this.local.removeItem(PREFIX + this.closed.shift());
      if (this.write(small)) return MADE_ROOM;
    }
    return TOO_LARGE;
  }

  write(text) {
    try {
      this.local.setItem(PREFIX + this.tab.id, text);
      return true;
    } catch {
      return false;
    }
  }

  /** Put images into IndexedDB, then store the document without them. */
  async keep(images) {
    try {
      await this.images.put([...images]);
    } catch (error) {
      console.warn("images stay in the document", error);
      return;
    }
    for (const name of images.keys()) this.kept.add(name);
    this.save(this.latest);
  }
}

const pack = (document, place) =>
  JSON.stringify({ saved: Date.now(), document }, (_, value) =>
    typeof value === "string" && value.startsWith("data:image/") ? place(nameOf(value), value) : value,
  );

/** The document with its images put back; a picture that is gone leaves no trace. */
const restore = (value, found) => {
  if (Array.isArray(value)) return value.map((item) => restore(item, found)).filter((item) => !isLost(item));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restore(item, found)]));
  }
  return found.get(value) ?? value;
};

const isLost = (part) => part?.type === "image_url" && part.image_url?.url?.startsWith("image:");
