// Tokens over a text: joined where a character is several, measured, branched from, kept up to a bound.
import assert from "node:assert/strict";
import test from "node:test";
import * as t from "../../assets/js/document/tokens.js";

const ln = Math.log;
const WAVE = [["\\xf0\\x9f", ln(0.5), [0xf0, 0x9f]], ["\\x8c", ln(0.5), [0x8c]], ["\\x8a", ln(0.8), [0x8a]]];
const texts = ({ pieces }) => pieces.map((piece) => piece.text);

test("tokens that are parts of a character are one piece; bytes that are no text are shown as bytes", () => {
  const cases = [
    [[["a", 0], ["b", 0]], ["a", "b"]],
    [[["x", 0], ...WAVE, ["y", 0]], ["x", "🌊", "y"]],
    [[["a\\xf0", 0, [0x61, 0xf0]], ["…", 0, [0x9f, 0x8c, 0x8a]]], ["a🌊"]],
    [[WAVE[0], ["y", 0]], ["<F0><9F>y"]],
    [[["\\xff", 0, [0xff]], ["y", 0]], ["<FF>", "y"]],
    [[["y", 0], WAVE[0]], ["y", "<F0><9F>"]],
    [[["\ufeffé", 0]], ["\ufeffé"]],
  ];
  for (const [tokens, expected] of cases) {
    const made = t.pieces(tokens);
    assert.deepEqual(made.map((piece) => piece.text), expected);
    assert.deepEqual(made.flatMap((piece) => piece.tokens), tokens, "no token is lost");
    assert.deepEqual(made.map((piece) => tokens[piece.from]), made.map((piece) => piece.tokens[0]));
  }
});

test("the tokens of a snapshot come as text", () => {
  const live = { phase: "done", choices: [{ text: "a", tokens: '[["a",-1]]' }, { text: "b", tokens: null }] };
  assert.deepEqual(t.withTokens(live), { phase: "done", choices: [{ text: "a", tokens: [["a", -1]] }, { text: "b", tokens: null }] });
  for (const without of [{ choices: [{ text: "a", tokens: null }] }, { choices: [] }, null]) assert.equal(t.withTokens(without), without);
});

test("pieces are laid over the text that they spell", () => {
  const tokens = [["thought", -1], [" The", -1], [" sea", -1], ["<|end|>", -1]];
  const cases = [
    ["thought The sea<|end|>", ["thought", " The", " sea", "<|end|>"], true],
    ["thought The sea", ["thought", " The", " sea"], true],
    ["The sea", ["The", " sea"], true],
    [" The s", [" The", " s"], true],
    ["Well: thought The sea<|end|>!", ["Well: ", "thought", " The", " sea", "<|end|>", "!"], true],
    ["something else", ["thought", " The", " sea", "<|end|>"], false],
  ];
  for (const [text, expected, exact] of cases) {
    const laid = t.laidOver(text, tokens);
    assert.deepEqual([texts(laid), laid.exact], [expected, exact], text);
    if (exact) for (const piece of laid.pieces) assert.equal(text.slice(piece.start, piece.start + piece.text.length), piece.text);
  }
  assert.deepEqual(t.laidOver("plain", [["", -1]]).exact, false);
});

test("a piece is as probable as all its tokens together", () => {
  const [wave] = t.pieces(WAVE);
  assert.ok(Math.abs(t.probabilityOf(wave) - 0.2) < 1e-9);
  assert.equal(t.levelOf(wave), 3);
  assert.deepEqual([1, 0.9, 0.6, 0.5, 0.3, 0.1, 0.05].map((p) => t.levelOf({ tokens: [["a", ln(p) + 1e-12]] })), [0, 0, 1, 2, 2, 3, 4]);
  assert.equal(t.levelOf({ tokens: [["given", null]] }), null);
  assert.equal(t.levelOf({ tokens: [] }), null);
});

test("probabilities and tokens read well", () => {
  assert.deepEqual([1, 0.99999, 0.5, 0.0123, 0.00001, 0].map(t.percent), ["100.0 %", "> 99.9 %", "50.0 %", "1.23 %", "< 0.01 %", "0 %"]);
  assert.deepEqual([[" a\n", 0], ["", 0, []], WAVE[0], ["\ufffd", 0]].map(t.spelled), ["␣a⏎", "(nothing)", "<F0><9F>", "<?>"]);
});

test("what can't be seen is named by its code point, a character of several tokens as itself", () => {
  const cases = [["\u00a0", "<U+00A0>"], ["\u200b", "<U+200B>"], ["a\u0007", "a<U+0007>"], ["\u3164", "<U+3164>"], ["\ufe0f", "<U+FE0F>"], ["e\u0301", "e\u0301"], ["\u{e0001}", "<U+E0001>"], [" \n", "␣⏎"]];
  for (const [text, expected] of cases) assert.equal(t.spelled([text, 0]), expected);
  const named = (tokens) => t.pieces(tokens).map(t.nameOf);
  assert.deepEqual(named([[" ", 0], ...WAVE]), ["␣", "🌊"]);
  assert.deepEqual(named([WAVE[0]]), ["<F0><9F>"]);
});

test("the alternatives of a token have itself among them, the likely first", () => {
  const named = (token) => t.choicesOf(token).map(({ token: [text], said }) => (said ? `${text}!` : text));
  assert.deepEqual(named(["a", -2, null, [["b", -1], ["a", -2]]]), ["b", "a!"]);
  assert.deepEqual(named(["z", -9, null, [["b", -1], ["a", -2]]]), ["b", "a", "z!"]);
  assert.deepEqual(named(["z", -9]), ["z!"]);
});

test("perplexity and entropy of an answer", () => {
  const even = ["a", ln(0.5), null, [["a", ln(0.5)], ["b", ln(0.5)]]];
  const figures = t.certainty([["given", null], even, even]);
  assert.ok(Math.abs(figures.perplexity - 2) < 1e-9 && Math.abs(figures.entropy - 1) < 1e-9);
  assert.equal(figures.bounded, false);
  const cut = t.certainty([["a", ln(0.5), null, [["a", ln(0.5)]]]]);
  assert.deepEqual([cut.entropy.toFixed(6), cut.bounded], ["1.000000", true], "what is left over is one token more");
  assert.deepEqual(t.certainty([["a", 0]]), { perplexity: 1, entropy: null, bounded: false });
  assert.equal(t.certainty([["given", null]]), null);
  assert.equal(t.certainty(null), null);
});

test("an alternative becomes a beginning, with the tokens that it is made of", () => {
  const tokens = [["The", -1], [" sea", -1, null, [[" sea", -1], [" moon", -2]]], ["!", -1]];
  const text = "The sea!";
  const { pieces } = t.laidOver(text, tokens);
  const other = [" moon", -2];
  assert.equal(t.whyNoBranch(pieces[1], 0, other, true), null);
  assert.deepEqual(t.branchOf(text, tokens, pieces[1], 0, other), {
    text: "The moon",
    tokens: [["The", -1], [" moon", -2, null, [[" sea", -1], [" moon", -2]]]],
  });
});

test("an alternative that can't be gone on from says why", () => {
  const { pieces: [piece] } = t.laidOver("ab", [["ab", -1]]);
  const { pieces: [wave] } = t.laidOver("🌊", WAVE);
  assert.match(t.whyNoBranch(piece, 0, ["x", -1], false), /spell/);
  for (const mark of ["<|im_end|>", "</s>", "<eos>", "<｜end▁of▁sentence｜>"]) assert.match(t.whyNoBranch(piece, 0, [mark, -1], true), /ends/);
  assert.match(t.whyNoBranch(piece, 0, ["", -1], true), /ends/);
  assert.match(t.whyNoBranch(wave, 0, WAVE[0], true), /part of a character/);
  assert.match(t.whyNoBranch(piece, 0, ["\ufffd", -1], true), /part of a character/);
  assert.equal(t.whyNoBranch(wave, 2, ["\\x8b", -1, [0x8b]], true), null);
  assert.equal(t.branchOf("🌊", WAVE, wave, 2, ["\\x8b", -1, [0x8b]]).text, "🌋");
});

test("a text that went on has the tokens of both", () => {
  const [a, b] = [["a", -1], ["b", -2]];
  assert.deepEqual(t.joined("a", [a], [b]), [a, b]);
  assert.deepEqual(t.joined("a!", [a], [b]), [["a!", null], b]);
  assert.deepEqual(t.joined("a", undefined, [b]), [["a", null], b]);
  assert.deepEqual(t.joined("", undefined, [b]), [b]);
  assert.deepEqual(t.joined("a", [a], null), [a]);
});

test("what is stored has the log probabilities of the latest answers, up to a bound", () => {
  const tokens = (text) => [[text, -1]]; // 10 characters of JSON
  const row = (text, more = {}) => ({ id: text, tokens: tokens(text), ...more });
  const kept = (document, limit) => t.withinLimit(document, limit).panes[0].rows;
  const document = { version: 1, panes: [{ rows: [row("a"), { id: "u" }, row("b", { at: 1, variants: [row("c"), row("b")] })] }] };
  const counts = (rows) => rows.map((each) => [each.tokens?.length, each.variants?.map((variant) => variant.tokens?.length)]);
  assert.deepEqual(counts(kept(document, 1000)), [[1, undefined], [undefined, undefined], [1, [1, undefined]]]);
  assert.deepEqual(counts(kept(document, 25)), [[0, undefined], [undefined, undefined], [1, [1, undefined]]]);
  assert.deepEqual(counts(kept(document, 12)), [[0, undefined], [undefined, undefined], [1, [0, undefined]]]);
  assert.equal(document.panes[0].rows[0].tokens.length, 1, "the page's own stays");
});
