// Images in IndexedDB, under a short name of their content: they are too large for localStorage.
import { hashOf } from "../document/hash.js";

/** The store, opened on first use: put, get, keep; each rejects where IndexedDB is not to be had. */
export function openImages(factory = globalThis.indexedDB) {
  let opening = null;
  const database = () =>
    (opening ??= new Promise((resolve, reject) => {
      const request = factory.open("playground", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("images");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }));

  const within = async (mode, work) => {
    const transaction = (await database()).transaction("images", mode);
    const found = work(transaction.objectStore("images"));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
    return found;
  };

  return {
    /** Store these images: [[name, data URL], ...]. */
    put: (images) => within("readwrite", (store) => images.forEach(([name, url]) => store.put(url, name))),
    /** The images of these names that are there: Map(name -> data URL). */
    async get(names) {
      const requests = await within("readonly", (store) => names.map((name) => [name, store.get(name)]));
      return new Map(requests.filter(([, request]) => request.result).map(([name, request]) => [name, request.result]));
    },
    /** Delete all images but those of these names. */
    async keep(names) {
      const request = await within("readonly", (store) => store.getAllKeys());
      const others = request.result.filter((name) => !names.has(name));
      if (others.length) await within("readwrite", (store) => others.forEach((name) => store.delete(name)));
    },
  };
}

const NAME = /image:\d+:[0-9a-f]+(?=")/g;

/** The names that a stored document mentions. */
export const namesIn = (text) => new Set(text.match(NAME) ?? []);

/** A name for an image: its length and a hash of its content. */
export const nameOf = (url) => `image:${url.length}:${hashOf(url).toString(16)}`;
