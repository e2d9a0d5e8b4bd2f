// Changes of the browser's document, and their taking back.
import assert from "node:assert/strict";
import test from "node:test";
import { makeRow, remove, textOf } from "../../assets/js/conversation.js";
import * as w from "../../assets/js/workspace.js";

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

test("what is taken back leaves alone what was typed since", () => {
  const before = written("a", "b");
  const { id, rows } = before.panes[0];
  const deleted = w.changeRows(before, 0, (now) => remove(now, rows[1].id));
  const typed = w.changeRows(deleted, 0, (now) => [...now, makeRow("user", "since")]);
  assert.deepEqual(texts(w.putRowBack(id, rows[1], 1)(typed).panes[0]), ["", "a", "b", "since"]);
  const cleared = w.changeRows(w.clearPane(before, 0), 0, (now) => [...now, makeRow("user", "since")]);
  assert.deepEqual(texts(w.putRowsBack(before.panes[0])(cleared).panes[0]), ["", "a", "b", "since"]);
  const two = w.addPane(before);
  const closed = w.closePane(two, 0);
  assert.deepEqual(w.putPaneBack(two.panes[0], 0)(closed).panes, two.panes);
});

test("a stored workspace comes back, with broken runs marked, and another version's does not", () => {
  const stored = w.changeRows(written("a"), 0, (rows) => [...rows, { ...makeRow("assistant", "so far"), status: "running" }]);
  assert.equal(w.revive(stored).panes[0].rows.at(-1).status, "stopped");
  assert.equal(w.revive({ ...stored, version: 99 }), null);
  assert.equal(w.revive(null), null);
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
