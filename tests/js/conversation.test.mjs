// The editor's pure edits. Run by tests/js/test_javascript.py, or by hand with: node --test tests/js
import assert from "node:assert/strict";
import test from "node:test";
import * as c from "../../assets/js/conversation.js";

const say = (role, text, more = {}) => ({ ...c.makeRow(role, text), ...more });
const answer = (text, more = {}) => say("assistant", text, { generated: true, status: "done", ...more });
const texts = (rows) => rows.map((row) => c.textOf(row.message));

test("an answer is stale as long as it answers other messages than those above it", () => {
  const rows = [say("system", ""), say("user", "u")];
  const opened = c.openAnswer(rows, null, "m", c.messagesOf(rows));
  const told = [{ message: { role: "assistant", content: "a" }, reasoning: "" }];
  const answered = [...c.closeAnswer(opened.rows, opened.id, told, "done", {}), say("user", "v")];
  assert.deepEqual(c.staleness(answered), [false, false, false, false]);
  const edited = c.setText(answered, rows[1].id, "u!");
  assert.deepEqual(c.staleness(edited), [false, false, true, false]);
  assert.equal(edited[2], answered[2], "the other rows are the same objects");
  assert.deepEqual(c.staleness(c.setText(edited, rows[1].id, "u")), [false, false, false, false]);
  assert.deepEqual(c.staleness(c.insertAt(answered, 1, say("user", "x")))[3], true);
  assert.deepEqual(c.staleness(c.setText(answered, rows[0].id, "now there is one"))[2], true);
});

test("insert, remove and move keep every other row", () => {
  const rows = ["1", "2", "3"].map((text) => say("user", text));
  assert.deepEqual(texts(c.insertAfter(rows, rows[0].id, say("user", "x"))), ["1", "x", "2", "3"]);
  assert.deepEqual(texts(c.remove(rows, rows[1].id)), ["1", "3"]);
  assert.deepEqual(texts(c.move(rows, rows[2].id, -1)), ["1", "3", "2"]);
  assert.equal(c.move(rows, rows[0].id, -1), rows);
  assert.equal(c.move(rows, rows[2].id, 1), rows);
});

test("what a role cannot carry waits until the role comes back", () => {
  const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA" } };
  let rows = [say("assistant", "t")];
  rows = c.setField(rows, rows[0].id, "tool_calls", [call]);
  rows = c.setRole(rows, rows[0].id, "user");
  assert.equal(rows[0].message.tool_calls, undefined);
  rows = c.setImages(rows, rows[0].id, [image]);
  rows = c.setRole(rows, rows[0].id, "assistant");
  assert.deepEqual(rows[0].message, { role: "assistant", content: "t", tool_calls: [call] });
  rows = c.setRole(rows, rows[0].id, "user");
  assert.deepEqual(c.imagesOf(rows[0].message), [image]);
  rows = c.setRole(rows, rows[0].id, "tool");
  assert.deepEqual(rows[0].message, { role: "tool", content: "t", tool_call_id: "call_1" });
  rows = c.setRole(rows, rows[0].id, "system");
  assert.deepEqual(rows[0].message, { role: "system", content: "t" });
});

test("an empty system prompt is not sent, anything else is, as it stands", () => {
  const rows = [say("system", ""), say("user", ""), say("assistant", "x", { status: "running" })];
  assert.deepEqual(c.messagesOf(rows), [{ role: "user", content: "" }]);
});

test("text beside images is a part; alone it is a string", () => {
  const image = { type: "image_url", image_url: { url: "https://a/b.png" } };
  const message = c.withImages({ role: "user", content: "look" }, [image]);
  assert.deepEqual(message.content, [{ type: "text", text: "look" }, image]);
  assert.deepEqual(c.withText(message, "").content, [image]);
  assert.equal(c.withImages(message, []).content, "look");
});

test("a run answers the last message, or answers again what was generated", () => {
  const rows = [say("system", "s"), say("user", "u"), answer("a")];
  assert.deepEqual(c.planRun(rows), { sent: rows.slice(0, 2), into: rows[2].id });
  assert.deepEqual(c.planRun(rows.slice(0, 2)), { sent: rows.slice(0, 2), into: null, prefill: false });
  const prefilled = [...rows.slice(0, 2), say("assistant", "It is")];
  assert.equal(c.planRun(prefilled).prefill, true);
  const longer = [...rows, say("user", "v"), answer("b")];
  assert.deepEqual(c.planRun(longer, rows[2].id), { sent: longer.slice(0, 2), into: rows[2].id });
});

const told = (content) => ({ message: { role: "assistant", content }, reasoning: "" });

test("answering again keeps the earlier answers", () => {
  let rows = [say("user", "u"), answer("first")];
  const id = rows[1].id;
  rows = c.openAnswer(rows, id, "m", []).rows;
  rows = c.closeAnswer(rows, id, [told("second")], "done", {});
  assert.deepEqual([rows[1].at, rows[1].variants.length, c.textOf(rows[1].message)], [1, 2, "second"]);
  rows = c.showVariant(rows, id, 0);
  assert.equal(c.textOf(rows[1].message), "first");
  rows = c.showVariant(rows, id, 1);
  assert.equal(c.textOf(rows[1].message), "second");
});

test("editing an answer keeps it as a variant; the edited text is continued", () => {
  let rows = [say("user", "u"), answer("It is grey.")];
  const id = rows[1].id;
  rows = c.setText(rows, id, "It is");
  rows = c.setText(rows, id, "It is very");
  assert.deepEqual([rows[1].variants.length, rows[1].at, rows[1].edited], [2, 1, true]);
  assert.equal(c.textOf(c.showVariant(rows, id, 0)[1].message), "It is grey.");
  assert.equal(c.planRun(rows).prefill, true);
  assert.deepEqual(c.planRun(rows, id), { sent: rows.slice(0, 1), into: id });
  rows = c.closePrefill(c.openPrefill(rows, id, "m", []), id, [told(" blue.")], "done", {});
  assert.equal(c.textOf(rows[1].message), "It is very blue.");
  assert.equal(c.textOf(c.showVariant(rows, id, 1)[1].message), "It is very");
});

test("several choices become variants", () => {
  let { rows, id } = c.openAnswer([say("user", "u")], null, "m", []);
  const choice = (content) => ({ message: { role: "assistant", content }, reasoning: "" });
  rows = c.closeAnswer(rows, id, [choice("a"), choice("b"), choice("c")], "done", {});
  assert.deepEqual([rows[1].variants.length, rows[1].at], [3, 0]);
  assert.equal(c.textOf(c.showVariant(rows, id, 2)[1].message), "c");
});

test("an answer that never began leaves no trace", () => {
  const rows = [say("user", "u")];
  const opened = c.openAnswer(rows, null, "m", []);
  assert.deepEqual(c.dropAnswer(opened.rows, opened.id), rows);
  const answered = [say("user", "u"), answer("a")];
  const again = c.openAnswer(answered, answered[1].id, "m", []);
  const back = c.dropAnswer(again.rows, again.id);
  assert.equal(c.textOf(back[1].message), "a");
  assert.equal(back[1].variants, undefined);
});

test("a prefilled answer is continued where it stands, and stays as it was written", () => {
  let rows = [say("user", "u"), say("assistant", "It is")];
  const id = rows[1].id;
  rows = c.openPrefill(rows, id, "m", []);
  assert.equal(rows[1].status, "running");
  assert.deepEqual(c.dropAnswer(rows, id)[1].message, { role: "assistant", content: "It is" });
  const two = c.closePrefill(rows, id, [told(" blue."), told(" grey.")], "done", null);
  assert.deepEqual([0, 1, 2].map((place) => c.textOf(c.showVariant(two, id, place)[1].message)), ["It is", "It is blue.", "It is grey."]);
  rows = c.closePrefill(rows, id, [told(" blue.")], "done", null);
  assert.deepEqual([c.textOf(rows[1].message), rows[1].variants.length, rows[1].at], ["It is blue.", 2, 1]);
  assert.equal("prefilled" in rows[1], false);
});

test("an answer that fails again goes back to the one shown before", () => {
  let rows = [say("user", "u"), answer("a")];
  const id = rows[1].id;
  for (const text of ["b", "c"]) {
    rows = c.openAnswer(rows, id, "m", []).rows;
    rows = c.closeAnswer(rows, id, [{ message: { role: "assistant", content: text }, reasoning: "" }], "done", {});
  }
  rows = c.showVariant(rows, id, 0);
  rows = c.dropAnswer(c.openAnswer(rows, id, "m", []).rows, id);
  assert.deepEqual([c.textOf(rows[1].message), rows[1].at, rows[1].variants.length], ["a", 0, 3]);
  assert.equal("before" in rows[1], false);
});

test("the composer's draft is the next user message, or nothing", () => {
  const rows = [say("system", "s")];
  assert.equal(c.withDraft(rows, "  ", []), rows);
  assert.deepEqual(texts(c.withDraft(rows, " hi ", [])), ["s", " hi "]);
});
