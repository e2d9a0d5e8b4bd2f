// {{variables}} and their table.
import assert from "node:assert/strict";
import test from "node:test";
import { fingerprint, messagesOf, staleness } from "../../assets/js/document/answers.js";
import { makeRow } from "../../assets/js/document/conversation.js";
import * as v from "../../assets/js/document/variables.js";

const line = (values) => ({ id: "1", values });

test("names are found as they are typed", () => {
  const cases = [
    ["{{a}} and {{ b_2 }}", ["a", "b_2"]],
    ["{{größe}} {{a.b-c}}", ["größe", "a.b-c"]],
    ["{{}} {{1a}} {{a b}} { {a} } {a}", []],
    ["{{{a}}}", ["a"]],
  ];
  for (const [text, names] of cases) assert.deepEqual(v.namesIn(text), names, text);
});

test("what a model said is no template; what a user made of it is", () => {
  const said = { ...makeRow("assistant", "{{x}}"), generated: true };
  assert.deepEqual(v.namesOf([said]), []);
  assert.deepEqual(v.namesOf([{ ...said, edited: true }]), ["x"]);
  assert.equal(v.filled(said, { x: "1" }).content, "{{x}}");
});

test("values are put in as they are, and are no templates themselves", () => {
  const row = makeRow("user", "{{a}}{{b}} $& {{c}}");
  assert.equal(v.filled(row, { a: "{{b}}", b: "$1" }).content, "{{b}}$1 $& {{c}}");
  const image = { type: "image_url", image_url: { url: "https://x/{{a}}" } };
  const parts = { ...row, message: { role: "user", content: [{ type: "text", text: "{{a}}" }, image] } };
  assert.deepEqual(v.filled(parts, { a: "x" }).content, [{ type: "text", text: "x" }, image]);
});

test("a value that was never given is missing; an empty one can be meant", () => {
  let table = v.freshVariables();
  const [{ id }] = table.rows;
  assert.deepEqual(v.missingIn(table.rows[0], ["a", "b"]), ["a", "b"]);
  table = v.setValue(table, id, "a", "1");
  table = v.leaveEmpty(table, id, ["b"]);
  assert.deepEqual(v.missingIn(table.rows[0], ["a", "b"]), []);
  assert.deepEqual(v.missingIn(v.setValue(table, id, "a", "").rows[0], ["a", "b"]), ["a"]);
});

test("rows are added as copies and removed; one always stays, and one is chosen", () => {
  let table = v.setValue(v.freshVariables(), v.freshVariables().chosen, "a", "1");
  table = v.addCase(table, line({ a: "2" }));
  assert.deepEqual([table.rows.length, v.chosenRow(table).values], [2, { a: "2" }]);
  table = v.removeCase(table, table.chosen);
  table = v.removeCase(table, table.chosen);
  assert.deepEqual([table.rows.length, table.chosen], [1, table.rows[0].id]);
});

test("an answer belongs to its row of the table until that row changes", () => {
  const user = makeRow("user", "{{a}}");
  const asked = fingerprint(messagesOf([user]));
  const answer = { ...makeRow("assistant", "x"), generated: true, asked, values: { a: "1" } };
  const stale = (...rows) => staleness([user, answer], { rows, literal: [] })[1];
  assert.equal(stale(line({ a: "2" }), line({ a: "1", other: "x" })), false);
  assert.equal(stale(line({ a: "2" })), true);
  assert.equal(v.numberOf({ a: "1" }, { rows: [line({ a: "2" }), line({ a: "1" })] }), 2);
});

test("a name kept as text is no variable", () => {
  const row = makeRow("user", "{{a}} {{b}}");
  const table = v.keepAsText(v.freshVariables(), ["a"], true);
  assert.deepEqual(v.namesOf([row], table.literal), ["b"]);
  assert.deepEqual(v.keepAsText(table, ["a"], false).literal, []);
});
