// Why a run cannot be sent.
import assert from "node:assert/strict";
import test from "node:test";
import { makeRow } from "../../assets/js/document/conversation.js";
import { whyNot } from "../../assets/js/document/readiness.js";

const plan = (...rows) => ({ sent: rows });
const ask = (sent, { values = {}, params = {}, refuses = {} } = {}) =>
  whyNot(sent, { params }, { literal: ["kept"] }, { id: "1", values }, refuses, { tools: "Tools" });

test("a conversation with a message of its own can be sent", () => {
  assert.equal(ask(plan(makeRow("user", "hi {{kept}}"))), null);
});

test("a prompt alone is nothing to send", () => {
  assert.equal(ask(plan()).message, "There is nothing to send yet.");
  assert.equal(ask(plan(makeRow("system", "s"))).message, "There is nothing to send yet.");
});

test("missing values are named", () => {
  const rows = plan(makeRow("system", "{{a}}"), makeRow("user", "{{b}} {{a}}"));
  assert.deepEqual(ask(rows, { values: { a: "1" } }).missing, ["b"]);
  assert.equal(ask(rows, { values: { a: "1", b: "" } }), null);
});

test("a parameter that the model refuses is named, with the reason", () => {
  const said = ask(plan(makeRow("user", "u")), { params: { tools: "[]" }, refuses: { tools: "no provider takes tools" } });
  assert.equal(said.message, "Tools cannot be sent: no provider takes tools.");
});

test("reasoning that would not reach the model is refused, where there is some", () => {
  const thought = { ...makeRow("assistant", "a"), reasoning: "hm" };
  const ready = (row, thoughts, reason) =>
    whyNot(plan(makeRow("user", "u"), row), { params: {}, thoughts }, { literal: [] }, { id: "1", values: {} }, {}, {}, reason);
  assert.equal(ready(thought, true, "no place").message, "Earlier reasoning cannot be sent: no place.");
  assert.equal(ready(thought, false, "no place"), null);
  assert.equal(ready(thought, true, null), null);
  assert.equal(ready(makeRow("assistant", "a"), true, "no place"), null);
});
