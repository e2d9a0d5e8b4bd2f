// Changes of the browser's document, and their taking back.
import assert from "node:assert/strict";
import test from "node:test";
import { insertAfter, makeRow, remove, setText } from "../../assets/js/document/conversation.js";
import { textOf } from "../../assets/js/document/message.js";
import * as w from "../../assets/js/document/workspace.js";

const BOOT = {
  clients: [{ id: "python-openai" }],
  default: { endpoint: "This machine", model: "m" },
  endpoints: [{ name: "This machine", built_in: true }],
  params: [{ name: "temperature", label: "Temperature" }],
};
const texts = (pane) => pane.rows.map((row) => textOf(row.message));
const written = (...lines) =>
  w.changeRows(w.freshWorkspace(BOOT), 0, (rows) => [...rows, ...lines.map((text) => makeRow("user", text))]);

test("a second pane is a copy with rows of its own, and differences are named", () => {
  const two = w.addPane(written("a"));
  assert.deepEqual(texts(two.panes[0]), texts(two.panes[1]));
  assert.notEqual(two.panes[0].rows[1].id, two.panes[1].rows[1].id);
  const set = w.setParam(two, 1, "temperature", "0.5");
  assert.deepEqual(w.differences(set, 1, BOOT), [["Temperature", "0.5"]]);
  assert.deepEqual(w.differences(set, 0, BOOT), [["Temperature", "default"]]);
  assert.deepEqual(w.setParam(set, 1, "temperature", null).panes[1].params, {});
});

test("a stored workspace comes back, with broken runs marked, and another version's does not", () => {
  const stored = w.changeRows(written("a"), 0, (rows) => [...rows, { ...makeRow("assistant", "so far"), status: "running" }]);
  assert.equal(w.revive(stored, BOOT).panes[0].rows.at(-1).status, "stopped");
  assert.equal(w.revive({ ...stored, version: 99 }, BOOT), null);
  assert.equal(w.revive(null, BOOT), null);
});

test("a pane's document holds no more than what is asked", () => {
  const document = w.paneDocument(written("a"), BOOT, 0);
  assert.deepEqual(document, {
    endpoint: { name: "This machine" },
    model: "m",
    messages: [{ role: "user", content: "a" }],
    params: {},
    extra: "",
  });
});

const answer = (text, more = {}) => ({ ...makeRow("assistant", text), generated: true, status: "done", ...more });
const panes = (...lines) => w.addPane(written(...lines));
const synced = (workspace, sync) => ({ ...workspace, sync: { ...workspace.sync, ...sync } });
const all = (workspace) => workspace.panes.map(texts);

test("what an older page stored is completed", () => {
  const { variables, sync, ...old } = written("a");
  old.panes[0].rows = old.panes[0].rows.map(({ link, ...row }) => row);
  const now = w.revive(old, BOOT);
  assert.deepEqual(now.sync, w.freshWorkspace(BOOT).sync);
  assert.equal(now.variables.rows.length, 1);
  assert.deepEqual(now.panes[0].rows.map((row) => row.link), old.panes[0].rows.map((row) => row.id));
});

test("an edit reaches the same message in the other panes, if they are synced", () => {
  const two = panes("a", "b");
  const row = two.panes[0].rows[1];
  const typed = (workspace) => w.editRow(workspace, two.panes[0].id, row, (rows, id) => setText(rows, id, "x"));
  assert.deepEqual(all(typed(two)), [["", "x", "b"], ["", "x", "b"]]);
  assert.deepEqual(all(typed(synced(two, { history: false }))), [["", "x", "b"], ["", "a", "b"]]);
  const [prompt] = two.panes[0].rows;
  const prompted = (workspace) => w.editRow(workspace, two.panes[0].id, prompt, (rows, id) => setText(rows, id, "p"));
  assert.deepEqual(all(prompted(two)), [["p", "a", "b"], ["p", "a", "b"]]);
  assert.deepEqual(all(prompted(synced(two, { prompt: false }))), [["p", "a", "b"], ["", "a", "b"]]);
});

test("answers are each pane's own; deleting a turn takes them out of both", () => {
  const one = w.changeRows(written("a"), 0, (rows) => [...rows, answer("said")]);
  const two = w.addPane(one);
  const row = two.panes[0].rows[2];
  const edited = w.editRow(two, two.panes[0].id, row, (rows, id) => setText(rows, id, "x"));
  assert.deepEqual(all(edited), [["", "a", "x"], ["", "a", "said"]]);
  const cut = w.editRows(two, two.panes[0].id, "assistant", (rows, here) => remove(rows, here(row.id)));
  assert.deepEqual(all(cut), [["", "a"], ["", "a"]]);
});

test("a message that is inserted is the same one in all panes", () => {
  const two = panes("a");
  const made = makeRow("user", "new");
  const inserted = w.editRows(two, two.panes[0].id, "user", (rows, here, again) =>
    insertAfter(rows, here(two.panes[0].rows[0].id), again ? { ...made, id: "other" } : made),
  );
  assert.deepEqual(all(inserted), [["", "new", "a"], ["", "new", "a"]]);
  const [one, other] = inserted.panes.map((pane) => pane.rows[1]);
  assert.deepEqual([one.link, one.id === other.id], [other.link, false]);
});

test("a sync that is switched on brings the others in line with the active pane; answers stay", () => {
  let two = synced(panes("a"), { prompt: false, history: false });
  two = w.changeRows(two, 0, (rows) => [...setText(rows, rows[0].id, "p"), answer("one")]);
  two = w.changeRows(two, 1, (rows) => [...rows, answer("two")]);
  two = { ...two, active: 0 };
  assert.deepEqual(all(w.switchSync(two, "prompt")), [["p", "a", "one"], ["p", "a", "two"]]);
  assert.deepEqual(all(w.switchSync(two, "history")), [["p", "a", "one"], ["", "a", "two"]]);
  const other = w.changeRows(two, 1, (rows) => setText(rows, rows[1].id, "b"));
  assert.deepEqual(all(w.switchSync(other, "history")), [["p", "a", "one"], ["", "a", "one"]]);
  const params = w.switchSync(w.setParam(two, 0, "temperature", "1"), "params");
  assert.deepEqual(params.panes.map((pane) => pane.params), [{ temperature: "1" }, { temperature: "1" }]);
  assert.deepEqual(w.setParam(params, 1, "temperature", null).panes.map((pane) => pane.params), [{}, {}]);
});

test("panes are swapped, copied and closed; the active one stays in sight", () => {
  const two = w.changeRows(panes("a"), 1, (rows) => setText(rows, rows[1].id, "b"));
  assert.deepEqual(all(w.swapPanes(two, 0, 1)), [["", "b"], ["", "a"]]);
  assert.equal(w.swapPanes({ ...two, active: 1 }, 0, 1).active, 0);
  assert.deepEqual(all(w.copyPane(two, 1, 0)), [["", "b"], ["", "b"]]);
  assert.deepEqual([w.closePane({ ...two, active: 1 }, 0).active, all(w.closePane(two, 0))], [0, [["", "b"]]]);
  assert.equal(w.closePane({ ...two, active: 1 }, 1).active, 0);
});

test("differences name what is not the same in all panes, the prompt too", () => {
  const three = w.addPane(panes("a"));
  const set = w.changeRows(w.setParam(three, 2, "temperature", "0.5"), 1, (rows) => setText(rows, rows[0].id, "p"));
  assert.deepEqual([0, 1, 2].map((index) => w.differences(set, index, BOOT)), [
    [["System prompt", "none"], ["Temperature", "default"]],
    [["System prompt", "differs"], ["Temperature", "default"]],
    [["System prompt", "none"], ["Temperature", "0.5"]],
  ]);
});

test("variables are filled in where the document is made, and nowhere else", () => {
  const one = written("Hello {{name}}, {{ name }}, {{other}}");
  const [line] = one.variables.rows;
  const given = { ...one, variables: { ...one.variables, rows: [{ ...line, values: { name: "Ann" } }] } };
  assert.deepEqual(w.variablesOf({ ...given, draft: "{{draft}}" }), ["name", "other", "draft"]);
  assert.equal(w.paneDocument(given, BOOT, 0).messages[0].content, "Hello Ann, Ann, {{other}}");
  assert.equal(texts(given.panes[0])[1], "Hello {{name}}, {{ name }}, {{other}}");
});

test("what is inserted stands below the nearest message that both panes have", () => {
  const two = panes("a", "b");
  const lone = w.changeRows(two, 0, (rows) => insertAfter(rows, rows[1].id, makeRow("user", "only here")));
  const made = w.addRow(lone, lone.panes[0].id, 3, makeRow("user", "new"));
  assert.deepEqual(all(made), [["", "a", "only here", "new", "b"], ["", "a", "new", "b"]]);
  assert.deepEqual(all(w.addRow(two, two.panes[1].id, 0, makeRow("user", "top"))), [["top", "", "a", "b"], ["top", "", "a", "b"]]);
});

test("a new conversation and an example are for all panes that are synced", () => {
  const example = { system: "s", user: "u" };
  const fresh = w.clearPane(panes("a"), 0);
  assert.deepEqual(all(fresh), [[""], [""]]);
  assert.deepEqual(all(w.beginWith(fresh, 1, example)), [["s", "u"], ["s", "u"]]);
  const apart = synced(panes("a"), { prompt: false, history: false });
  assert.deepEqual(all(w.beginWith(w.clearPane(apart, 0), 0, example)), [["s", "u"], ["", "a"]]);
});

test("choosing a row of the table shows the answers that were made with it", () => {
  const variants = ["x", "y"].map((value) => ({ ...answer(value), values: { a: value } }));
  const row = { ...answer("y"), values: { a: "y" }, variants: [variants[0], {}], at: 1 };
  const lines = ["x", "y", "z"].map((value) => ({ id: value, values: { a: value } }));
  const one = { ...w.changeRows(written("{{a}}"), 0, (rows) => [...rows, row]), variables: { rows: lines, chosen: "y", literal: [] } };
  assert.deepEqual(texts(w.chooseCase(one, "x").panes[0]).at(-1), "x");
  assert.deepEqual(texts(w.chooseCase(w.chooseCase(one, "x"), "y").panes[0]).at(-1), "y");
  assert.equal(w.chooseCase(one, "z").panes[0].rows.at(-1), row);
});

test("a parameter that is empty is not sent", () => {
  const set = w.setParam(w.setParam(written("a"), 0, "temperature", ""), 0, "seed", "1");
  assert.deepEqual(w.paneDocument(set, BOOT, 0).params, { seed: "1" });
});

test("a pane that is copied while an answer is made anew has the answer from before", () => {
  const kept = { ...answer("before"), values: {} };
  const running = { ...answer(""), status: "running", variants: [kept, {}], at: 1, before: 0 };
  const two = w.addPane(w.changeRows(written("a"), 0, (rows) => [...rows, running]));
  assert.deepEqual(texts(two.panes[1]), ["", "a", "before"]);
});
