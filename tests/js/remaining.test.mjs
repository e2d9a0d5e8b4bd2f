import assert from "node:assert/strict";
import test from "node:test";
import { leftText, secondsLeft } from "../../assets/js/document/remaining.js";

const cases = [
  ["half done in ten seconds", { done: 50, total: 100 }, { done: 0, at: 0 }, 10_000, 10],
  ["begun at a file that was there in part", { done: 75, total: 100 }, { done: 50, at: 5_000 }, 10_000, 5],
  ["too early to tell", { done: 50, total: 100 }, { done: 0, at: 0 }, 1_000, null],
  ["nothing has come", { done: 0, total: 100 }, { done: 0, at: 0 }, 10_000, null],
  ["no total", { done: 5, total: null }, { done: 0, at: 0 }, 10_000, null],
];

for (const [name, progress, from, now, left] of cases) test(name, () => assert.equal(secondsLeft(progress, from, now), left));

test("in words", () => {
  assert.deepEqual([null, 0.2, 12.1, 89, 240].map(leftText), ["", "almost done", "about 13 s left", "about 89 s left", "about 4 min left"]);
});
