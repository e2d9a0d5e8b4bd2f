// The editor's pure edits. Run by tests/js/test_javascript.py, or by hand with: node --test tests/js
import assert from "node:assert/strict";
import test from "node:test";
import * as c from "../../assets/js/conversation.js";

const say = (role, text, more = {}) => ({ ...c.makeRow(role, text), ...more });
const answer = (text, more = {}) => say("assistant", text, { generated: true, status: "done", ...more });
const texts = (rows) => rows.map((row) => c.textOf(row.message));

test("an edit changes its row alone, and marks the answers below it as stale", () => {
  const rows = [say("system", "s"), say("user", "u"), answer("a"), say("user", "v"), answer("b")];
  const edited = c.setText(rows, rows[3].id, "w");
  assert.deepEqual(texts(edited), ["s", "u", "a", "w", "b"]);
  assert.deepEqual(edited.map((row) => Boolean(row.stale)), [false, false, false, false, true]);
  assert.equal(edited[2], rows[2]);
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

test("answering again keeps the earlier answer, edits of it included", () => {
  let rows = [say("user", "u"), answer("first")];
  const id = rows[1].id;
  rows = c.setText(rows, id, "first, edited");
  rows = c.openAnswer(rows, id, "m").rows;
  rows = c.closeAnswer(rows, id, [{ message: { role: "assistant", content: "second" }, reasoning: "" }], "done", {});
  assert.deepEqual([rows[1].at, rows[1].variants.length, c.textOf(rows[1].message)], [1, 2, "second"]);
  rows = c.setText(rows, id, "second, edited");
  rows = c.showVariant(rows, id, 0);
  assert.equal(c.textOf(rows[1].message), "first, edited");
  rows = c.showVariant(rows, id, 1);
  assert.equal(c.textOf(rows[1].message), "second, edited");
});

test("several choices become variants", () => {
  let { rows, id } = c.openAnswer([say("user", "u")], null, "m");
  const choice = (content) => ({ message: { role: "assistant", content }, reasoning: "" });
  rows = c.closeAnswer(rows, id, [choice("a"), choice("b"), choice("c")], "done", {});
  assert.deepEqual([rows[1].variants.length, rows[1].at], [3, 0]);
  assert.equal(c.textOf(c.showVariant(rows, id, 2)[1].message), "c");
});

test("an answer that never began leaves no trace", () => {
  const rows = [say("user", "u")];
  const opened = c.openAnswer(rows, null, "m");
  assert.deepEqual(c.dropAnswer(opened.rows, opened.id), rows);
  const answered = [say("user", "u"), answer("a")];
  const again = c.openAnswer(answered, answered[1].id, "m");
  const back = c.dropAnswer(again.rows, again.id);
  assert.equal(c.textOf(back[1].message), "a");
  assert.equal(back[1].variants, undefined);
});

test("a prefilled answer is continued where it stands", () => {
  let rows = [say("user", "u"), say("assistant", "It is")];
  rows = c.openPrefill(rows, rows[1].id, "m");
  assert.equal(rows[1].status, "running");
  const answer = (content) => ({ message: { role: "assistant", content }, reasoning: "" });
  const two = c.closePrefill(rows, rows[1].id, [answer(" blue."), answer(" grey.")], "done", null);
  assert.equal(c.textOf(c.showVariant(two, rows[1].id, 1)[1].message), "It is grey.");
  rows = c.closePrefill(rows, rows[1].id, [answer(" blue.")], "done", null);
  assert.equal(c.textOf(rows[1].message), "It is blue.");
  assert.equal("prefilled" in rows[1], false);
});

test("an answer that fails again goes back to the one shown before", () => {
  let rows = [say("user", "u"), answer("a")];
  const id = rows[1].id;
  for (const text of ["b", "c"]) {
    rows = c.openAnswer(rows, id, "m").rows;
    rows = c.closeAnswer(rows, id, [{ message: { role: "assistant", content: text }, reasoning: "" }], "done", {});
  }
  rows = c.showVariant(rows, id, 0);
  rows = c.dropAnswer(c.openAnswer(rows, id, "m").rows, id);
  assert.deepEqual([c.textOf(rows[1].message), rows[1].at, rows[1].variants.length], ["a", 0, 3]);
  assert.equal("before" in rows[1], false);
});

test("the composer's draft is the next user message, or nothing", () => {
  const rows = [say("system", "s")];
  assert.equal(c.withDraft(rows, "  ", []), rows);
  assert.deepEqual(texts(c.withDraft(rows, " hi ", [])), ["s", " hi "]);
});
