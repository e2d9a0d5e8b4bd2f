// The browser's storage: what is written comes back, and no failure of it loses text.
import assert from "node:assert/strict";
import test from "node:test";
import { nameOf } from "../../assets/js/session/imagestore.js";
import { openStorage } from "../../assets/js/session/storage.js";

const PREFIX = "playground.workspace.";
const PICTURE = `data:image/png;base64,${"A".repeat(4000)}`;
const withPicture = (text) => ({
  panes: [{ rows: [{ message: { content: [{ type: "text", text }, { type: "image_url", image_url: { url: PICTURE } }] } }] }],
});

/** A localStorage of `quota` characters. */
function fakeLocal(quota = Infinity) {
  const items = {};
  const size = () => Object.values(items).reduce((sum, text) => sum + text.length, 0);
  const methods = {
    getItem: (key) => items[key] ?? null,
    setItem(key, text) {
      if (size() - (items[key]?.length ?? 0) + text.length > quota) throw new Error("QuotaExceededError");
      items[key] = text;
    },
    removeItem: (key) => delete items[key],
  };
  return new Proxy(items, { get: (_, name) => methods[name] ?? items[name] });
}

/** navigator.locks of one browser: who asks first has it. */
function fakeLocks() {
  const held = new Set();
  return {
    async request(name, { ifAvailable }, work) {
      assert.ok(ifAvailable);
      const free = !held.has(name);
      if (free) held.add(name);
      return work(free ? { name } : null);
    },
    query: async () => ({ held: [...held].map((name) => ({ name })) }),
    release: (name) => held.delete(name),
  };
}

function fakeImages({ fails = false } = {}) {
  const images = new Map();
  const check = () => fails && Promise.reject(new Error("no IndexedDB"));
  return {
    images,
    put: async (entries) => (await check(), entries.forEach(([name, url]) => images.set(name, url))),
    keep: async (names) => (await check(), [...images.keys()].forEach((name) => names.has(name) || images.delete(name))),
    get: async (names) => (await check(), new Map(names.filter((name) => images.has(name)).map((name) => [name, images.get(name)]))),
  };
}

const machine = (options = {}) => ({ local: fakeLocal(options.quota), locks: fakeLocks(), images: fakeImages(options) });
const openTab = (on, session = fakeLocal()) => openStorage(() => ({ ...on, session }));
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a reload brings back text and pictures", async () => {
  const on = machine();
  const session = fakeLocal();
  const before = await openTab(on, session);
  assert.equal(before.save(withPicture("hello")), null);
  await settle();
  assert.ok(on.images.images.has(nameOf(PICTURE)));
  assert.ok(!JSON.stringify(on.local).includes(PICTURE), "the picture left the document once it was stored elsewhere");
  on.locks.release([...Object.keys(on.local)][0]);
  const after = await openTab(on, session);
  assert.deepEqual(await after.load(), { document: withPicture("hello"), notice: null });
});

test("a page that closes at once keeps its pictures too", async () => {
  const on = machine();
  const session = fakeLocal();
  (await openTab(on, session)).save(withPicture("hello"));
  on.images.images.clear(); // the page closed before IndexedDB had them
  on.locks.release(Object.keys(on.local)[0]);
  assert.deepEqual((await (await openTab(on, session)).load()).document, withPicture("hello"));
});

test("without IndexedDB the text comes back, and what is missing is said", async () => {
  const on = machine();
  const session = fakeLocal();
  (await openTab(on, session)).save(withPicture("MY LONG PROMPT"));
  await settle();
  on.locks.release(Object.keys(on.local)[0]);
  on.images = fakeImages({ fails: true });
  const { document, notice } = await (await openTab(on, session)).load();
  assert.deepEqual(document.panes[0].rows[0].message.content, [{ type: "text", text: "MY LONG PROMPT" }]);
  assert.match(notice, /its text is whole/);
});

test("tabs opened at once do not share a workspace", async () => {
  const on = machine();
  on.local.setItem(`${PREFIX}old`, JSON.stringify({ saved: 1, document: { panes: ["old"] } }));
  const tabs = await Promise.all([openTab(on), openTab(on)]);
  const documents = (await Promise.all(tabs.map((tab) => tab.load()))).map(({ document }) => document);
  assert.equal(documents.filter((document) => document?.panes[0] === "old").length, 1);
  tabs[0].save({ panes: ["first"] });
  tabs[1].save({ panes: ["second"] });
  assert.equal(Object.keys(on.local).length, 2);
});

test("a duplicated tab begins with a copy and leaves the first one alone", async () => {
  const on = machine();
  const session = fakeLocal();
  const first = await openTab(on, session);
  first.save({ panes: ["mine"] });
  const copied = fakeLocal();
  copied.setItem("playground.tab", session.getItem("playground.tab"));
  const second = await openTab(on, copied);
  assert.deepEqual((await second.load()).document, { panes: ["mine"] });
  second.save({ panes: ["the copy"] });
  const kept = on.local.getItem(PREFIX + session.getItem("playground.tab"));
  assert.deepEqual(JSON.parse(kept).document, { panes: ["mine"] });
});

test("a large picture does not push out other conversations", async () => {
  const on = machine({ quota: 3500 });
  for (const id of ["a", "b", "c"]) on.local.setItem(PREFIX + id, JSON.stringify({ saved: 1, document: { panes: [id] } }));
  const session = fakeLocal();
  session.setItem("playground.tab", "new");
  const tab = await openTab(on, session);
  assert.equal(tab.save(withPicture("hello")), null);
  assert.deepEqual(Object.keys(on.local).sort(), ["a", "b", "c", "new"].map((id) => PREFIX + id));
});

test("where room must be made, the oldest closed conversation goes, and that is said", async () => {
  const on = machine({ quota: 2500 });
  const long = (saved) => JSON.stringify({ saved, document: { panes: ["x".repeat(700)] } });
  for (const [id, saved] of [["older", 1], ["newer", 2], ["open", 0]]) on.local.setItem(PREFIX + id, long(saved));
  on.locks.request(`${PREFIX}open`, { ifAvailable: true }, () => {});
  const session = fakeLocal();
  session.setItem("playground.tab", "mine");
  const tab = await openTab(on, session);
  assert.match(tab.save({ panes: ["y".repeat(700)] }), /made room/);
  assert.deepEqual(Object.keys(on.local).sort(), ["mine", "newer", "open"].map((id) => PREFIX + id));
  assert.match(tab.save({ panes: ["y".repeat(5000)] }), /too large/);
});

test("pictures of which nothing speaks any more are deleted, once a tab is alone", async () => {
  const on = machine();
  const session = fakeLocal();
  const first = await openTab(on, session);
  first.save(withPicture("hello"));
  await settle();
  on.images.images.set("image:1:old", "data:image/png;base64,old");
  await openTab(on);
  assert.ok(on.images.images.has("image:1:old"), "another tab is open");
  for (const { name } of (await on.locks.query()).held) on.locks.release(name);
  await openTab(on, session);
  await settle();
  assert.deepEqual([...on.images.images.keys()], [nameOf(PICTURE)]);
});

test("a browser that blocks storage still has a page", async () => {
  const tab = await openStorage(() => {
    throw new Error("SecurityError");
  });
  const { document, notice } = await tab.load();
  assert.equal(document, null);
  assert.match(notice, /store nothing/);
  assert.equal(tab.save({}), null);
});
