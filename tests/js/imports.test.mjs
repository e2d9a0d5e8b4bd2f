// What was found in a pasted text becomes a pane. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import { planRun, staleness } from "../../assets/js/document/answers.js";
import { makeRow } from "../../assets/js/document/conversation.js";
import { difference, subjectOf } from "../../assets/js/document/history.js";
import * as i from "../../assets/js/document/imports.js";
import { textOf } from "../../assets/js/document/message.js";
import * as w from "../../assets/js/document/workspace.js";

const BOOT = {
  clients: [{ id: "python-openai" }],
  default: { endpoint: "This machine", model: "m" },
  endpoints: [
    { name: "This machine", built_in: true, base_url: "http://localhost:7860/v1" },
    { name: "Router", built_in: true, base_url: "https://router.example/v1", key_name: "HF_TOKEN", headers: [] },
    { name: "Demo", built_in: true, base_url: null },
  ],
  params: [],
  panes: 4,
};
const AT = { name: "api.example", base_url: "https://api.example/v1", key_name: "MY_KEY", headers: [] };
const FOUND = {
  kind: "request",
  title: "Request",
  endpoint: AT,
  model: "org/new",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: [{ type: "text", text: "a" }, { type: "text", text: "b" }] }, // prettier-ignore
    { role: "assistant", content: "Prefilled", reasoning_content: "Hm." },
  ],
  params: { seed: "9007199254740993" },
  extra: '{"a": 1}',
  stream: false,
  notes: [],
};
const LIST = { ...FOUND, kind: "messages", endpoint: null, model: null, params: {}, extra: "", stream: null };
const fresh = () => w.setParam({ ...w.freshWorkspace(BOOT), draft: "half a thought" }, 0, "temperature", "0.5");
const messagesOf = (pane) => pane.rows.map((row) => row.message);

test("the pane becomes the request, to the letter, and what was typed stays", () => {
  const before = fresh();
  const now = i.importInto(before, BOOT, 0, FOUND);
  const [pane] = now.panes;
  assert.deepEqual(messagesOf(pane), FOUND.messages);
  assert.deepEqual([pane.model, pane.endpoint, pane.params, pane.extra], ["org/new", "api.example", FOUND.params, FOUND.extra]);
  assert.equal(now.stream, false);
  assert.equal(now.draft, "half a thought");
  assert.deepEqual(now.endpoints, [{ ...AT, kind: "remote" }]);
  assert.deepEqual(w.paneDocument(now, BOOT, 0), {
    endpoint: AT,
    model: "org/new",
    messages: FOUND.messages,
    params: FOUND.params,
    extra: FOUND.extra,
  });
});

test("earlier reasoning goes on as the request has it: sent back, or left out", () => {
  const before = w.changePane(fresh(), 0, (pane) => ({ ...pane, thoughts: true }));
  const thoughts = (found) => i.importInto(before, BOOT, 0, found).panes[0].thoughts;
  assert.deepEqual([thoughts(FOUND), thoughts({ ...FOUND, messages: FOUND.messages.slice(0, 2) }), thoughts(LIST)], [true, false, true]);
});

test("what was not found leaves the pane as it is", () => {
  const now = i.importInto(fresh(), BOOT, 0, LIST);
  assert.deepEqual(messagesOf(now.panes[0]), LIST.messages);
  assert.deepEqual([now.panes[0].model, now.panes[0].params, now.stream], ["m", { temperature: "0.5" }, true]);
  assert.equal(i.importInto(fresh(), BOOT, 0, { ...FOUND, stream: null }).stream, false); // as the request would be answered
  assert.equal(i.importInto(fresh(), BOOT, 0, { ...LIST, kind: "response", model: "m" }).stream, true);
  const settings = i.importInto(fresh(), BOOT, 0, { ...FOUND, messages: [] });
  assert.deepEqual(messagesOf(settings.panes[0]), messagesOf(fresh().panes[0]));
  assert.deepEqual(settings.panes[0].params, FOUND.params);
});

test("an empty system prompt that came in is sent, unlike one that nobody has written yet", () => {
  for (const content of ["", [{ type: "text", text: "" }]]) {
    const messages = [{ role: "system", content }, { role: "user", content: "Hi" }];
    const now = i.importInto(fresh(), BOOT, 0, { ...FOUND, messages });
    assert.deepEqual(w.paneDocument(now, BOOT, 0).messages, messages);
    assert.deepEqual(w.paneDocument(w.addPane(now), BOOT, 1).messages, messages);
  }
  assert.equal(fresh().panes[0].rows[0].message.role, "system");
  assert.ok(w.paneDocument(fresh(), BOOT, 0).messages.every(({ role }) => role !== "system"));
});

test("a new pane stands beside the active one, which keeps all it has", () => {
  const before = fresh();
  const now = i.importBeside(before, BOOT, FOUND);
  assert.deepEqual(now.panes[0], before.panes[0]);
  assert.equal(now.active, 1);
  assert.deepEqual(messagesOf(now.panes[1]), FOUND.messages);
});

test("an answer at the end of an example is one that Run makes anew; of a request it is sent as it stands", () => {
  const messages = [{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello", name: "bot" }];
  const example = { ...FOUND, kind: "messages", model: null, endpoint: null, params: {}, extra: "", messages };
  const { rows } = i.importInto(fresh(), BOOT, 0, example).panes[0];
  assert.deepEqual(messagesOf({ rows }), messages);
  assert.deepEqual(rows.map(({ generated = false }) => generated), [false, true]);
  assert.deepEqual(planRun(rows, null, true).sent.length, 1);
  const asked = i.importInto(fresh(), BOOT, 0, { ...example, kind: "request", model: "m" }).panes[0].rows;
  assert.deepEqual(planRun(asked, null, true).sent.length, 2);
});

test("braces stay text as they were sent, but for names that other panes fill in", () => {
  const braced = { ...FOUND, messages: [{ role: "user", content: "{{a}} and {{b}}" }] };
  const now = i.importInto(fresh(), BOOT, 0, braced);
  assert.deepEqual(now.variables.literal, ["a", "b"]);
  assert.equal(w.paneDocument(now, BOOT, 0).messages[0].content, "{{a}} and {{b}}");
  const used = w.changeRows(fresh(), 0, (rows) => [...rows, makeRow("user", "{{a}}")]);
  assert.deepEqual(i.importBeside(used, BOOT, braced).variables.literal, ["b"]);
  assert.deepEqual(i.importInto(used, BOOT, 0, braced).variables.literal, ["a", "b"]);
});

test("a response is an answer that can be made again; its choices are variants", () => {
  const asked = w.changeRows(w.freshWorkspace(BOOT), 0, () => [makeRow("user", "Why?")]);
  const messages = ["One", "Two"].map((content) => ({ role: "assistant", content, reasoning_content: "Hm." }));
  const response = { ...LIST, kind: "response", model: "org/new", messages };
  const [, answer] = i.addAnswer(asked, 0, response).panes[0].rows;
  assert.deepEqual(answer.message, { role: "assistant", content: "One" });
  assert.deepEqual([answer.generated, answer.reasoning, answer.model, answer.stats], [true, "Hm.", "org/new", null]);
  assert.deepEqual(answer.variants.map((variant) => variant.message && textOf(variant.message)), ["One", "Two"]); // prettier-ignore
  assert.deepEqual(staleness(i.addAnswer(asked, 0, response).panes[0].rows), [false, false]);
  const alone = i.importInto(asked, BOOT, 0, response);
  assert.deepEqual(alone.panes[0].rows.map((row) => [textOf(row.message), row.generated]), [["One", true]]); // prettier-ignore
  assert.equal(alone.panes[0].params, asked.panes[0].params);
});

test("what an import changed can be said, the stream switch alone as well", () => {
  assert.equal(subjectOf(difference({ stream: true }, { stream: false })), "streaming");
});
