// Figures in words, tables as Markdown, JSON indented.
import assert from "node:assert/strict";
import test from "node:test";
import { costOf, costText, figuresOf, markdownTable } from "../../assets/js/document/figures.js";
import { indented } from "../../assets/js/document/jsontext.js";

test("a cost is exact, a span, free or unknown", () => {
  const used = { prompt_tokens: 1000, completion_tokens: 100 };
  assert.equal(costText(costOf(used, { input: 1, output: 10 })), "$0.002");
  assert.equal(costText(costOf({ ...used, estimated: true }, { input: 1, output: 10 })), "≈ $0.002");
  assert.equal(costText(costOf(used, { input: [1, 2], output: [10, 20], at_least: false })), "$0.002 to $0.004");
  assert.equal(costText(costOf(used, { input: [1, 1], output: [10, 10], at_least: true })), "≈ $0.002");
  assert.equal(costText(costOf(used, null, true)), "free");
  assert.equal(costText(costOf(used, null)), "unknown");
  assert.equal(costText(costOf({}, { input: 1, output: 10 })), "unknown");
});

test("unknown figures are left out, estimates are marked", () => {
  const stats = { ttft: 0.1234, tokens_per_second: 44.06, completion_tokens: 10, prompt_tokens: 5, estimated: true, total: 12.34, finish_reason: "stop" };
  const said = Object.fromEntries(figuresOf(stats, "done").map(([key, value]) => [key, value]));
  assert.deepEqual(said, { ttft: "0.12 s", speed: "≈ 44.1", total: "12.3 s", in: "≈ 5", out: "≈ 10", finish: "stop", cost: "unknown" });
  assert.deepEqual(figuresOf({ elapsed: 1, pieces: 3 }, "stopped"), [["total", "1.00 s", "total"], ["out", "≈ 3", "tokens out"], ["finish", "stopped", ""]]);
});

test("a table's cells stay in their columns", () => {
  assert.equal(markdownTable([["a", "b|c"], ["1\n2", null]]), "| a | b\\|c |\n| --- | --- |\n| 1<br>2 |  |");
});

test("JSON is indented without touching a value", () => {
  const text = '{"a":1.0,"b":[9007199254740993,"x{}\\"[,"],"c":{},"d":[] ,"e":true}';
  const shown = indented(text);
  assert.equal(shown, '{\n  "a": 1.0,\n  "b": [\n    9007199254740993,\n    "x{}\\"[,"\n  ],\n  "c": {},\n  "d": [],\n  "e": true\n}');
  assert.equal(indented(shown), shown);
  assert.equal(indented("{not json"), "{not json");
});
