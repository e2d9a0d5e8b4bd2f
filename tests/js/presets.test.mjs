// Presets of settings. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import { BUILT_IN, describe, hasNone, holds, settingsOf, withPreset } from "../../assets/js/document/presets.js";

const PANE = { id: "p", model: "m", params: { temperature: "1", seed: "7" }, extra: "", thoughts: false, rows: [] };
const SAVED = { id: "s", name: "Mine", params: { temperature: "0.33" }, extra: '{"user": "me"}', thoughts: true };

test("a preset keeps a pane's settings, the switch of earlier reasoning among them, and gives them back", () => {
  const kept = { id: "k", name: "Kept", ...settingsOf({ ...PANE, thoughts: true }) };
  const taken = withPreset({ ...PANE, params: {} }, kept, {}, null);
  assert.deepEqual(taken, { ...PANE, thoughts: true });
  assert.ok(holds(taken, kept));
  assert.ok(!holds(PANE, kept));
  assert.match(describe(kept), /earlier reasoning sent back/);
});

test("what a preset does not speak of stays", () => {
  const pane = { ...PANE, extra: '{"a": 1}', thoughts: true };
  assert.deepEqual(withPreset(pane, BUILT_IN[0], {}, null), { ...pane, params: { temperature: "0.2", top_p: "0.9", seed: "7" } });
});

test("what the model refuses is left out", () => {
  const taken = withPreset(PANE, SAVED, { temperature: "no" }, "this model has no place for it");
  assert.deepEqual(taken, { ...PANE, extra: SAVED.extra });
});

test("there is something to keep as soon as one thing is set", () => {
  const none = { ...PANE, params: {} };
  assert.ok(hasNone(none));
  for (const set of [{ params: { n: "2" } }, { extra: "{" }, { thoughts: true }]) assert.ok(!hasNone({ ...none, ...set }));
});
