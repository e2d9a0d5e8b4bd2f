// Every character is kept as it was typed or pasted.
import assert from "node:assert/strict";
import test from "node:test";
import { caretAfter, hasEndlessLine, kept, lineEnds, shown } from "../../assets/js/document/exact.js";

/** What a text field does: the shown text with `pasted` put in place of a selection. */
function paste(text, start, end, pasted) {
  const before = shown(text);
  const after = before.slice(0, start) + shown(pasted) + before.slice(end);
  return kept(text, after, start + shown(pasted).length, pasted);
}

test("what is pasted is kept, its line ends too", () => {
  const pasted = "a\tb\r\n  c\u2028d\r\n👩‍👩‍👧 שלום\r";
  assert.equal(paste("", 0, 0, pasted), pasted);
  assert.equal(paste("x\ny", 2, 2, pasted), `x\n${pasted}y`);
  assert.equal(paste("x\r\ny\r\nz", 2, 3, "\r\n"), "x\r\n\r\n\r\nz");
});

test("typing into a text with CRLF changes what is typed and no more", () => {
  const text = "one\r\ntwo\r\nthree";
  const typed = (start, end, put) => {
    const before = shown(text);
    const after = before.slice(0, start) + put + before.slice(end);
    return kept(text, after, start + put.length);
  };
  assert.equal(typed(3, 3, "!"), "one!\r\ntwo\r\nthree");
  assert.equal(typed(3, 4, ""), "onetwo\r\nthree");
  assert.equal(typed(7, 7, "\n"), "one\r\ntwo\n\r\nthree");
  assert.equal(typed(0, 13, ""), "");
});

test("a repeated character goes where the caret is", () => {
  assert.equal(kept("\r\n\n\r\n", "\n\n\n\n", 2), "\r\n\n\n\r\n");
});

test("a text that is put in whole by a program is taken as it is", () => {
  assert.equal(kept("old", "new\nlines", 9), "new\nlines");
  assert.equal(kept("a\r\nb", "a\nb", 0), "a\r\nb");
});

test("line ends are named", () => {
  assert.deepEqual(["a\nb", "a\r\nb", "a\rb"].map(lineEnds), [null, "CRLF", "CR"]);
});

test("the caret goes to where a change ends", () => {
  const cases = [
    ["one two three", "one three", 8, 4],
    ["one three", "one two three", 4, 8],
    ["abc", "abXc", 0, 3],
    ["abXc", "abc", 0, 2],
    ["aaa", "aa", 1, 0],
    ["", "new", 0, 3],
  ];
  for (const [before, after, caret, place] of cases) assert.equal(caretAfter(before, after, caret), place, `${before} > ${after}`);
});

test("whatever is typed and deleted, the field shows what is kept", () => {
  let seed = 3;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const pieces = ["a", "\r", "\n", "\r\n", "b"];
  for (let turn = 0; turn < 5000; turn += 1) {
    const text = Array.from({ length: random(7) }, () => pieces[random(5)]).join("");
    const before = shown(text);
    const start = random(before.length + 1);
    const end = start + random(before.length - start + 1);
    const put = ["", "x", "\n", "\n\n"][random(4)];
    const after = before.slice(0, start) + put + before.slice(end);
    assert.equal(shown(kept(text, after, start + put.length)), after, JSON.stringify([text, start, end, put]));
  }
});

test("a line is endless past a hundred thousand characters, wherever it stands", () => {
  const [most, line] = ["a".repeat(100_000), `${"b".repeat(60)}\n`];
  const table = [
    ["", false],
    [most, false],
    [`${most}a`, true],
    [`${most}\n${most}\n`, false],
    [`${line}${most}a\n${line}`, true],
    [line.repeat(50_000), false],
    [`${line.repeat(50_000)}${most}a`, true],
  ];
  for (const [text, endless] of table) assert.equal(hasEndlessLine(text), endless);
});
