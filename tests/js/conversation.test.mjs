// The editor's pure edits. Run by tests/js/test_javascript.py, or by hand with: node --test tests/js
import assert from "node:assert/strict";
import test from "node:test";
import * as answers from "../../assets/js/document/answers.js";
import * as conversation from "../../assets/js/document/conversation.js";
import { objectProblem } from "../../assets/js/document/jsontext.js";
import * as message from "../../assets/js/document/message.js";

const c = { ...message, ...conversation, ...answers };

const say = (role, text, more = {}) => ({ ...c.makeRow(role, text), ...more });
const END = { into: null, after: null };
const into = (id) => ({ into: id, after: null });
const answer = (text, more = {}) => say("assistant", text, { generated: true, status: "done", ...more });
const texts = (rows) => rows.map((row) => c.textOf(row.message));

test("an answer is stale as long as it answers other messages than those above it", () => {
  const rows = [say("system", ""), say("user", "u")];
  const opened = c.openAnswer(rows, END, { model: "m" }, rows);
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
  rows = c.setMessage(rows, rows[0].id, (said) => c.withCalls(said, [call]));
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
  assert.deepEqual(c.planRun(rows), { sent: rows.slice(0, 2), into: rows[2].id, after: null });
  assert.deepEqual(c.planRun(rows.slice(0, 2)), { sent: rows.slice(0, 2), into: null, after: null, prefill: false });
  const prefilled = [...rows.slice(0, 2), say("assistant", "It is")];
  assert.equal(c.planRun(prefilled).prefill, true);
  const longer = [...rows, say("user", "v"), answer("b")];
  assert.deepEqual(c.planRun(longer, rows[2].id), { sent: longer.slice(0, 2), into: rows[2].id, after: null });
});

const told = (content) => ({ message: { role: "assistant", content }, reasoning: "" });

test("answering again keeps the earlier answers", () => {
  let rows = [say("user", "u"), answer("first")];
  const id = rows[1].id;
  rows = c.openAnswer(rows, into(id), { model: "m" }, []).rows;
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
  assert.deepEqual(c.planRun(rows, id), { sent: rows.slice(0, 1), into: id, after: null });
  rows = c.closePrefill(c.openPrefill(rows, id, { model: "m" }, []), id, [told(" blue.")], "done", {});
  assert.equal(c.textOf(rows[1].message), "It is very blue.");
  assert.equal(c.textOf(c.showVariant(rows, id, 1)[1].message), "It is very");
});

test("several choices become variants", () => {
  let { rows, id } = c.openAnswer([say("user", "u")], END, { model: "m" }, []);
  const choice = (content) => ({ message: { role: "assistant", content }, reasoning: "" });
  rows = c.closeAnswer(rows, id, [choice("a"), choice("b"), choice("c")], "done", {});
  assert.deepEqual([rows[1].variants.length, rows[1].at], [3, 0]);
  assert.equal(c.textOf(c.showVariant(rows, id, 2)[1].message), "c");
});

test("an answer that never began leaves no trace", () => {
  const rows = [say("user", "u")];
  const opened = c.openAnswer(rows, END, { model: "m" }, []);
  assert.deepEqual(c.dropAnswer(opened.rows, opened.id), rows);
  const answered = [say("user", "u"), answer("a")];
  const again = c.openAnswer(answered, into(answered[1].id), { model: "m" }, []);
  const back = c.dropAnswer(again.rows, again.id);
  assert.equal(c.textOf(back[1].message), "a");
  assert.equal(back[1].variants, undefined);
});

test("a prefilled answer is continued where it stands, and stays as it was written", () => {
  let rows = [say("user", "u"), say("assistant", "It is")];
  const id = rows[1].id;
  rows = c.openPrefill(rows, id, { model: "m" }, []);
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
    rows = c.openAnswer(rows, into(id), { model: "m" }, []).rows;
    rows = c.closeAnswer(rows, id, [{ message: { role: "assistant", content: text }, reasoning: "" }], "done", {});
  }
  rows = c.showVariant(rows, id, 0);
  rows = c.dropAnswer(c.openAnswer(rows, into(id), { model: "m" }, []).rows, id);
  assert.deepEqual([c.textOf(rows[1].message), rows[1].at, rows[1].variants.length], ["a", 0, 3]);
  assert.equal("before" in rows[1], false);
});

test("the composer's draft is the next user message, or nothing", () => {
  const rows = [say("system", "s")];
  assert.equal(c.withDraft(rows, "  ", []), rows);
  assert.deepEqual(texts(c.withDraft(rows, " hi ", [])), ["s", " hi "]);
});

test("a run to a message is answered below it: by the answer that stands there, or by a new one", () => {
  const rows = [say("user", "u"), answer("a"), say("user", "v"), say("user", "w")];
  assert.deepEqual(c.planRun(rows, rows[0].id), { sent: rows.slice(0, 1), into: rows[1].id, after: null, prefill: false });
  const plan = c.planRun(rows, rows[2].id);
  assert.deepEqual(plan, { sent: rows.slice(0, 3), into: null, after: rows[2].id, prefill: false });
  const opened = c.openAnswer(rows, plan, { model: "m" }, plan.sent).rows;
  assert.deepEqual(opened.map((row) => row.status ?? ""), ["", "done", "", "running", ""]);
});

test("answers to the same messages are counted by what they say", () => {
  let { rows, id } = c.openAnswer([say("user", "u")], END, { model: "m" }, []);
  rows = c.closeAnswer(rows, id, [told("42"), told("41"), told("42 ")], "done", {});
  assert.deepEqual(c.agreement(rows[1]), { same: 2, of: 3 });
  assert.deepEqual(c.agreement(c.showVariant(rows, id, 1)[1]), { same: 1, of: 3 });
});

test("a row is moved to stand above another, or to the end", () => {
  const rows = ["1", "2", "3"].map((text) => say("user", text));
  assert.deepEqual(texts(c.moveBefore(rows, rows[2].id, rows[0].id)), ["3", "1", "2"]);
  assert.deepEqual(texts(c.moveBefore(rows, rows[0].id, null)), ["2", "3", "1"]);
  assert.equal(c.moveBefore(rows, rows[0].id, rows[0].id), rows);
});

test("everything below a row is cut off, but for an answer on its way", () => {
  const rows = [say("user", "1"), say("user", "2"), say("user", "3"), answer("4", { status: "running" })];
  assert.deepEqual(texts(c.cutAfter(rows, rows[0].id)), ["1", "4"]);
});

test("an emptied field is left out of the message", () => {
  const rows = [say("user", "u")];
  const given = c.setField(rows, rows[0].id, "name", "Ann");
  assert.equal(given[0].message.name, "Ann");
  assert.equal("name" in c.setField(given, rows[0].id, "name", "")[0].message, false);
});

test("calls are added and taken away; beside them, no text is null", () => {
  const call = c.makeCall();
  const with_ = c.withCalls({ role: "assistant", content: "" }, [call]);
  assert.deepEqual(with_, { role: "assistant", content: null, tool_calls: [call] });
  assert.deepEqual(c.withCalls(with_, []), { role: "assistant", content: "" });
  assert.equal(c.withText(with_, "so").content, "so");
  assert.equal(objectProblem('{"a": 1}'), null);
  assert.match(objectProblem("[1]"), /object/);
  assert.match(objectProblem("{"), /Not JSON/);
});

test("a changed call of an answer is a variant; the model's own stays", () => {
  const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
  const row = answer("", { message: { role: "assistant", content: null, tool_calls: [call] } });
  const changed = c.setMessage([row], row.id, (said) => c.withCalls(said, []));
  assert.deepEqual([changed[0].variants.length, changed[0].message.tool_calls], [2, undefined]);
  assert.deepEqual(c.showVariant(changed, row.id, 0)[0].message.tool_calls, [call]);
});

test("a tool message answers the first call that has no answer yet", () => {
  const calls = ["a", "b"].map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } }));
  const rows = [say("user", "u"), say("assistant", "", { message: { role: "assistant", content: null, tool_calls: calls } })];
  assert.equal(c.openCall(rows, 2), "a");
  const one = [...rows, say("tool", "1", { message: { role: "tool", content: "1", tool_call_id: "a" } })];
  assert.equal(c.openCall(one, 3), "b");
  const row = say("user", "2");
  assert.equal(c.setRole([...one, row], row.id, "tool")[3].message.tool_call_id, "b");
  assert.equal(c.openCall([say("user", "u")], 1), undefined);
});

test("an edited answer is made anew where the model does not go on from a text", () => {
  const rows = [say("user", "u"), answer("It is", { edited: true })];
  assert.equal(c.planRun(rows, null, true).prefill, true);
  assert.deepEqual(c.planRun(rows, null, false), { sent: rows.slice(0, 1), into: rows[1].id, after: null });
  const own = [say("user", "u"), say("assistant", "It is")];
  assert.deepEqual(c.planRun(own, null, false).sent, own);
});

test("reasoning goes along with earlier answers where that is wanted, and only with them", () => {
  const own = { ...say("assistant", "b"), message: { role: "assistant", content: "b", reasoning: "mine" }, reasoning: "other" };
  const rows = [say("user", "q", { reasoning: "stray" }), answer("a", { reasoning: "hm" }), own, answer("c", { reasoning: "" })];
  const bare = [{ role: "user", content: "q" }, { role: "assistant", content: "a" }, own.message, { role: "assistant", content: "c" }];
  assert.deepEqual(c.messagesOf(rows), bare);
  assert.deepEqual(c.messagesOf(rows, null, true), [bare[0], { ...bare[1], reasoning_content: "hm" }, bare[2], bare[3]]);
});

test("a branch is a variant that goes on from another beginning, and keeps its tokens", () => {
  const tokens = [["The", -1], [" sea", -2], ["!", -1]];
  const rows = [say("user", "q"), answer("The sea!", { reasoning: "hm", tokens })];
  const { id } = rows[1];
  const branch = { text: "The moon", tokens: [["The", -1], [" moon", -3]] };
  const plan = c.planContinue(rows, id, branch);
  assert.deepEqual(c.messagesOf(plan.sent), [{ role: "user", content: "q" }, { role: "assistant", content: "The moon" }]);
  const opened = c.openPrefill(rows, id, { model: "m" }, plan.sent.slice(0, -1), plan.sent.at(-1));
  const told = [{ message: { role: "assistant", content: " rose" }, reasoning: "", tokens: [[" rose", -4]] }];
  const [, row] = c.closePrefill(opened, id, told, "done", {});
  assert.deepEqual([c.textOf(row.message), row.tokens, row.at], ["The moon rose", [...branch.tokens, [" rose", -4]], 1]);
  const [, before] = c.showVariant([rows[0], row], id, 0);
  assert.deepEqual([c.textOf(before.message), before.tokens, before.reasoning], ["The sea!", tokens, "hm"]);
  assert.deepEqual(c.dropAnswer(opened, id)[1].tokens, tokens, "a branch that never began leaves the answer as it was");
});

test("tokens stay with the text that they spell", () => {
  const tokens = [["a", -1]];
  const rows = [say("user", "q"), answer("a", { tokens })];
  const [, edited] = c.setText(rows, rows[1].id, "b");
  assert.equal(edited.tokens, undefined);
  assert.equal(c.showVariant([rows[0], edited], rows[1].id, 0)[1].tokens, tokens);
  const again = c.openAnswer(rows, into(rows[1].id), { model: "m" }, rows.slice(0, 1));
  assert.equal(again.rows[1].tokens, undefined);
});
