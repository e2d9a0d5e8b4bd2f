import assert from "node:assert/strict";
import test from "node:test";
import { begun, leftText, progressText, secondsLeft } from "../../assets/js/document/remaining.js";

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

test("progress is told in words", () => {
  const from = begun(null, { message: "Downloading", done: 10e6 }, 0);
  assert.equal(begun(from, { message: "Downloading", done: 20e6 }, 5000), from);
  assert.notEqual(begun(from, { message: "Loading" }, 5000), from);
  assert.equal(progressText({ message: "Downloading", done: 30e6, total: 50e6 }, from, 2000), "Downloading 30 MB of 50 MB, about 2 s left");
  assert.equal(progressText({ message: "Converting", done: 1, total: 4 }, begun(null, { message: "Converting", done: 1 }, 0), 100), "Converting 1 of 4");
  assert.equal(progressText({ message: "Loading" }, from, 0), "Loading");
});
