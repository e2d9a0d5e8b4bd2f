// Differences between two texts. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import { wordDiff } from "../../assets/js/document/worddiff.js";

const SIGNS = { same: "=", gone: "-", new: "+" };
const signed = (before, after) => wordDiff(before, after).map(({ kind, text }) => SIGNS[kind] + text);
const sideOf = (parts, kind) => parts.filter((part) => part.kind === "same" || part.kind === kind).map(({ text }) => text).join(""); // prettier-ignore

function assertExact(before, after) {
  const parts = wordDiff(before, after);
  assert.equal(sideOf(parts, "gone"), before);
  assert.equal(sideOf(parts, "new"), after);
  assert.ok(parts.every(({ text }) => text));
  return parts;
}

test("words, signs and blanks are compared as words", () => {
  const table = [
    ["", "", []],
    ["a", "a", ["=a"]],
    ["", "a b", ["+a b"]],
    ["a b", "", ["-a b"]],
    ["The cat sat.", "The dog sat!", ["=The ", "-cat ", "+dog ", "=sat", "-.", "+!"]],
    ["a b c", "x y z", ["-a b c", "+x y z"]],
    ["I don't", "I do", ["=I ", "-don't", "+do"]],
    ["one two", "one  two", ["=one ", "+ ", "=two"]],
    ["a\nb", "a\n\nb", ["=a\n", "+\n", "=b"]],
    ["a", " a", ["+ ", "=a"]],
    ["a b", "a\tb", ["=a", "- ", "+\t", "=b"]],
    ["a \n b", "a \tb", ["=a ", "-\n ", "+\t", "=b"]],
    ["end", "end\n", ["=end", "+\n"]],
    ["a\r\nb", "a\nb", ["=a", "-\r\n", "+\n", "=b"]],
  ];
  for (const [before, after, expected] of table) {
    assert.deepEqual(signed(before, after), expected, JSON.stringify([before, after]));
    assertExact(before, after);
  }
});

test("words of scripts without blanks, accents and joined emoji stay whole", () => {
  assert.deepEqual(signed("我喜欢吃苹果", "我喜欢吃香蕉"), ["=我喜欢吃", "-苹果", "+香蕉"]);
  assert.deepEqual(signed("naïve café", "naïve cafe"), ["=naïve ", "-café", "+cafe"]);
  assert.deepEqual(signed("👨‍👩‍👧!", "👩‍👩‍👧!"), ["-👨‍👩‍👧", "+👩‍👩‍👧", "=!"]);
  assertExact("\ud800a \u2028b", "a\udc00 \u2028 b");
});

/** Words that look random and are the same at every run. */
function words(seed, count, base) {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return ((state >> 8) % base).toString(36) + (state % 7 ? " " : "\n");
  }).join("");
}

test("any two texts come back exactly", () => {
  for (let seed = 1; seed <= 60; seed += 1) assertExact(words(seed, seed * 3, 9), words(seed + 100, 200 - seed * 3, 9));
});

test("long texts that share little are compared by lines, or are gone and new as a whole", () => {
  const [left, right] = [words(1, 15_000, 1e9), words(2, 15_000, 1e9)];
  assert.deepEqual(signed(left, right), [`-${left}`, `+${right}`]);
  const kept = "this line stays\n";
  const middle = (text) => `${kept}${text.slice(0, 14_000)}\n${kept}`;
  const parts = assertExact(middle(left), middle(right));
  assert.deepEqual(parts.map(({ kind }) => kind), ["same", "gone", "new", "same"]); // prettier-ignore
  const pairs = [["我喜欢吃苹果", "他不爱香蕉了"], [" a", "  b"], ["a\n", " b\n"], ["a", "b"]]; // prettier-ignore
  for (const pair of pairs) assertExact(...pair.map((piece) => piece.repeat(30_000 / piece.length)));
});
