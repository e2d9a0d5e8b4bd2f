// Mocks belong to a tool as it was when they were made, and go with it; what is typed as a result is not lost.
import assert from "node:assert/strict";
import test from "node:test";
import { callDraft, withCallDraft } from "../../assets/js/document/calldrafts.js";
import { makeRow } from "../../assets/js/document/conversation.js";
import * as m from "../../assets/js/document/mocks.js";
import * as w from "../../assets/js/document/workspace.js";

const BOOT = { clients: [], default: { endpoint: "This machine", model: "m" }, endpoints: [], params: [] };
const tools = (name, ...fields) =>
  JSON.stringify([{ type: "function", function: { name, parameters: { properties: Object.fromEntries(fields.map((field) => [field, {}])) } } }]);
const fresh = () => w.freshWorkspace(BOOT);
/** A step as the page makes it. */
const step = (before, change) => m.settledTools(before, change(before));
const set = (text) => (now) => w.setParam(now, 0, "tools", text);
const replaced = (text) => (now) => w.changeSettings(now, 0, (pane) => ({ ...pane, params: text === null ? {} : { tools: text } }));
const mocked = () => m.withMock(step(fresh(), set(tools("find", "words"))), "find", "found");
const answers = (workspace) => m.mocksOf(workspace, workspace.panes[0]);

test("a mock answers the calls of its tool", () => {
  assert.deepEqual(answers(mocked()), { find: "found" });
  assert.deepEqual(answers(m.withMock(mocked(), "find", null)), {});
  assert.deepEqual(answers(m.withMock(mocked(), "find", "")), { find: "" });
});

test("a tool that its user edits keeps its mock, also past JSON that is not whole", () => {
  assert.deepEqual(answers(step(mocked(), set(tools("find", "words", "many")))), { find: "found" });
  const broken = step(mocked(), set("[{"));
  assert.deepEqual(answers(step(broken, set(tools("find", "many")))), { find: "found" });
});

const GONE = {
  "taken out": set(""),
  "set back to default": set(null),
  "renamed": set(tools("search", "words")),
  "reset with all settings": replaced(null),
  "another of its name from elsewhere": replaced(tools("find", "other")),
};
for (const [how, change] of Object.entries(GONE)) {
  test(`a tool that is ${how} leaves no mock behind`, () => {
    const after = step(mocked(), change);
    assert.deepEqual([after.mocks, after.mockTies], [{}, {}]);
    assert.deepEqual(answers(step(after, set(tools("find", "words")))), {}, "a new tool of that name has none");
  });
}

test("a mock stays as long as any pane has its tool", () => {
  const two = w.addPane(mocked());
  const after = step(two, set(null));
  assert.deepEqual(answers(after), {});
  assert.deepEqual(m.mocksOf(after, after.panes[1]), { find: "found" });
});

test("a mock for a call without a tool is not inherited by a tool of that name", () => {
  const loose = m.withMock(fresh(), "find", "found");
  assert.deepEqual(answers(loose), { find: "found" });
  assert.deepEqual(answers(step(loose, set(tools("find")))), {});
});

test("running on by itself ends with the tools of its pane", () => {
  const on = { ...mocked(), runOn: { [fresh().panes[0].id]: { on: true, limit: 5 } } };
  const going = { ...on, runOn: { [on.panes[0].id]: { on: true, limit: 5 } } };
  assert.equal(step(going, set(tools("find"))).runOn[on.panes[0].id].on, true);
  assert.equal(step(going, replaced(null)).runOn[on.panes[0].id], undefined);
});

test("what was chosen among the tools goes with the last of them", () => {
  const chosen = w.setParam(mocked(), 0, "tool_choice", '"required"');
  assert.equal(w.setParam(chosen, 0, "tools", tools("other")).panes[0].params.tool_choice, '"required"');
  assert.deepEqual(w.setParam(chosen, 0, "tools", "").panes[0].params, { tools: "" });
  assert.deepEqual(w.setParam(chosen, 0, "tools", null).panes[0].params, {});
  assert.deepEqual(w.setParam(w.setParam(fresh(), 0, "tool_choice", '"none"'), 0, "tools", "").panes[0].params, { tool_choice: '"none"', tools: "" });
});

const call = (id, name = "find") => ({ id, function: { name, arguments: "{}" } });
const drafted = () => {
  const row = makeRow("assistant");
  const workspace = w.changeRows(fresh(), 0, (rows) => [...rows, row]);
  return { row: row.id, workspace: withCallDraft(workspace, row.id, 0, call("a"), { text: "noon", open: true }) };
};

test("a draft is found again by its call's id, or by place and name", () => {
  const { row, workspace } = drafted();
  const text = (place, one) => callDraft(workspace, row, place, one).text;
  assert.equal(text(0, call("b")), "noon", "made anew");
  assert.equal(text(1, call("a", "renamed")), "noon", "renamed and moved");
  assert.equal(text(1, call("b")), "");
  assert.equal(text(0, call("b", "other")), "");
});

test("a draft is changed, given, and forgotten with its row", () => {
  const { row, workspace } = drafted();
  const closed = withCallDraft(workspace, row, 0, call("b"), { open: false });
  assert.deepEqual(closed.callDrafts, [{ row, place: 0, id: "b", name: "find", text: "noon", open: false, keep: false }]);
  assert.deepEqual(withCallDraft(closed, row, 0, call("b"), null).callDrafts, []);
  const without = w.changeRows(closed, 0, (rows) => rows.filter(({ id }) => id !== row));
  assert.deepEqual(withCallDraft(without, "other", 0, call("c"), null).callDrafts, []);
});
