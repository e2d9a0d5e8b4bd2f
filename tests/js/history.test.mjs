// Steps back and forth over any document.
import assert from "node:assert/strict";
import test from "node:test";
import { applied, difference, subjectOf } from "../../assets/js/document/history.js";

const row = (id, text, more = {}) => ({ id, message: { role: "user", content: text }, ...more });
const back = (change, value, held) => applied(change, value, true, held);

test("nothing changed is no change", () => {
  const value = { rows: [row("a", "1")], draft: "" };
  assert.equal(difference(value, value), null);
  assert.equal(difference(value, structuredClone(value)), null);
});

test("a change leads there and back", () => {
  const cases = [
    [{ a: 1 }, { a: 2, b: 3 }],
    [{ a: "Hello world" }, { a: "Hello, wide world" }],
    [{ a: [1, 2] }, { a: [2] }],
    [{ rows: [row("a", "1"), row("b", "2")] }, { rows: [row("b", "2"), row("c", "3"), row("a", "1!")] }],
    [{ rows: [row("a", "1", { variants: [{}, {}], at: 1 })] }, { rows: [row("a", "1")] }],
    [{ rows: [] }, { rows: [row("a", "1")] }],
  ];
  for (const [before, after] of cases) {
    const change = difference(before, after);
    assert.deepEqual(applied(change, before), after);
    assert.deepEqual(back(change, after), before);
  }
});

test("a step that is taken back leaves alone what was done since", () => {
  const before = { rows: [row("a", "one"), row("b", "two"), row("c", "three")] };
  const deleted = { rows: [before.rows[0], before.rows[2]] };
  const since = { rows: [row("a", "one!"), deleted.rows[1], row("d", "new")] };
  const undone = back(difference(before, deleted), since);
  assert.deepEqual(undone.rows.map((r) => [r.id, r.message.content]), [["a", "one!"], ["b", "two"], ["c", "three"], ["d", "new"]]);
});

test("typing is taken back where it was typed, even in a text that has grown since", () => {
  const change = difference({ t: "abc" }, { t: "abXc" });
  assert.deepEqual(back(change, { t: "abXc and more" }), { t: "abc and more" });
  assert.deepEqual(back(change, { t: "rewritten" }), { t: "rewritten" });
});

test("an answer that is being written is left alone", () => {
  const before = { rows: [row("a", "1")] };
  const after = { rows: [row("a", "1"), row("b", "2")] };
  const now = { rows: [after.rows[0], { ...after.rows[1], status: "running" }] };
  assert.deepEqual(back(difference(before, after), now, (thing) => thing?.status === "running"), now);
});

test("any walk of edits is taken back step by step, and made again", () => {
  let seed = 7;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  let document = { draft: "", rows: [row("r0", "start")] };
  const states = [document];
  const steps = [];
  for (let turn = 1; turn <= 400; turn += 1) {
    const rows = [...document.rows];
    const place = random(rows.length + 1);
    const kind = random(4);
    if (kind === 0) rows.splice(place, 0, row(`r${turn}`, `text ${turn}`));
    else if (kind === 1 && rows.length > 1) rows.splice(Math.min(place, rows.length - 1), 1);
    else if (kind === 2 && rows.length > 1) rows.push(...rows.splice(Math.min(place, rows.length - 1), 1));
    else {
      const text = rows[0].message.content;
      const cut = random(text.length + 1);
      rows[0] = row(rows[0].id, text.slice(0, cut) + turn + text.slice(cut + random(3)), { edited: turn % 2 === 0 });
    }
    const next = { draft: turn % 5 ? document.draft : `draft ${turn}`, rows };
    steps.push(difference(document, next));
    document = next;
    states.push(document);
  }
  for (let step = steps.length - 1; step >= 0; step -= 1) {
    document = steps[step] ? back(steps[step], document) : document;
    assert.deepEqual(document, states[step]);
  }
  for (let step = 0; step < steps.length; step += 1) {
    document = steps[step] ? applied(steps[step], document) : document;
    assert.deepEqual(document, states[step + 1]);
  }
});

test("what came while an answer was being written comes back to its place", () => {
  const held = (thing) => thing?.status === "running";
  const before = { rows: [row("s", "")] };
  const sent = { rows: [row("s", ""), row("u", "hi")] };
  const change = difference(before, sent);
  const now = { rows: [...sent.rows, row("a", "", { status: "running" })] };
  const undone = back(change, now, held);
  assert.deepEqual(undone.rows.map(({ id }) => id), ["s", "a"]);
  assert.deepEqual(applied(change, undone, false, held).rows.map(({ id }) => id), ["s", "u", "a"]);
});

test("a step is named by what it changed", () => {
  const pane = (more = {}, rows = [row("a", "1")]) => ({ id: "p", model: "m", params: {}, rows, ...more });
  const workspace = (...panes) => ({ draft: "", variables: { rows: [] }, panes });
  const cases = [
    [workspace(pane({ model: "n" })), "the model"],
    [workspace(pane({ params: { temperature: "1" } })), "parameters"],
    [workspace(pane({}, [row("a", "2")])), "text"],
    [workspace(pane({}, [{ ...row("a", "1"), message: { role: "system", content: "1" } }])), "a role"],
    [workspace(pane({}, [])), "a message"],
    [workspace(pane({}, [row("a", "1"), row("b", "x", { generated: true })])), "an answer"],
    [workspace(pane({}, [row("a", "1", { at: 1 })])), "an answer"],
    [workspace(pane(), { ...pane(), id: "q" }), "a pane"],
    [{ ...workspace(pane()), draft: "x" }, "the next message"],
    [{ ...workspace(pane()), variables: { rows: [{ id: "v" }] } }, "variables"],
  ];
  for (const [after, subject] of cases) assert.equal(subjectOf(difference(workspace(pane()), after)), subject);
  const two = [row("a", "1"), row("b", "2")];
  assert.equal(subjectOf(difference(workspace(pane({}, two)), workspace(pane({}, two.toReversed())))), "the order of messages");
});
