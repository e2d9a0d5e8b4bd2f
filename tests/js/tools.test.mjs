// Tools as the form has them, the check of arguments, and the rounds of a conversation with tools.
import assert from "node:assert/strict";
import test from "node:test";
import { checkArguments } from "../../assets/js/document/argumentcheck.js";
import { makeRow } from "../../assets/js/document/conversation.js";
import { callsAbove } from "../../assets/js/document/message.js";
import * as calls from "../../assets/js/document/toolcalls.js";
import * as fields from "../../assets/js/document/schemafields.js";
import * as tools from "../../assets/js/document/tools.js";

const tool = (name, parameters = undefined) => ({ type: "function", function: { name, parameters } });

test("tools of a model without a markup of its own are said to be described in a message", () => {
  assert.match(tools.defaultMarkup({ own_tool_markup: false }), /no place for tools.*Hermes/);
  for (const info of [null, {}, { own_tool_markup: null }, { own_tool_markup: true }]) assert.equal(tools.defaultMarkup(info), null);
});

test("a tool that is not changed keeps its very text", () => {
  const odd = '{"type": "function",  "function": {"name": "a]}\\"", "x": 1.0}}';
  const texts = tools.toolTexts(`[${odd}, {"type":"function","function":{"name":"b"}}]`);
  assert.equal(texts[0], odd);
  assert.equal(tools.joined(texts), `[${odd},{"type":"function","function":{"name":"b"}}]`);
  assert.equal(tools.joined([]), "");
  for (const wrong of ["{", "{}", "[1]", '[{"type":"function"}]']) assert.equal(tools.toolTexts(wrong), null, wrong);
  for (const none of [undefined, "", "[]"]) assert.deepEqual(tools.toolTexts(none), []);
});

test("in a tool that is changed, all else stays as it is written", () => {
  const text = '{"type":"function","function":{"name":"a","strict":true,"parameters":{"type":"object","properties":{"n":{"type":"integer","maximum":10.0}},"additionalProperties":false}},"own":12345678901234567890}';
  const described = tools.withToolField(text, "description", "D");
  const next = fields.renameField(described, tools.parametersNode(described), 0, "m");
  assert.equal(
    next,
    '{"type":"function","function":{"name":"a","strict":true,"parameters":{"type":"object","properties":{"m":{"type":"integer","maximum":10.0}},"additionalProperties":false}, "description": "D"},"own":12345678901234567890}',
  );
  assert.equal(tools.withToolField(described, "description", ""), text);
  assert.equal(tools.nameOf(tools.toolOf(tools.withToolField(text, "name", ""))), "");
});

test("a tool without parameters gets its first one, whatever it has instead of them", () => {
  const first = { type: "object", properties: { parameter_1: { type: "string" } }, required: ["parameter_1"] };
  for (const text of ['{"function":{"name":"a"}}', '{"function":{"name":"a","parameters":{}}}']) {
    assert.equal(tools.parametersNode(text), null);
    assert.deepEqual(tools.toolOf(tools.withFirstParameter(text)).function.parameters, first);
  }
  const made = tools.makeTool([]);
  assert.deepEqual(tools.toolOf(fields.addField(made, tools.parametersNode(made), "parameter")).function.parameters, first);
});

test("what is no tool is told with its place", () => {
  assert.equal(tools.noTool('{"function": {}}'), null);
  assert.equal(tools.noTool('{"function": {}'), "Line 1, column 16: the text ends here: a comma or } is missing");
  for (const text of ["null", "[]", "{}", '{"function": []}']) assert.match(tools.noTool(text), /A tool is/);
});

test("names are checked, and a new tool has a free one", () => {
  assert.equal(tools.nameOf(tools.toolOf(tools.makeTool(["my_tool"]))), "my_tool_2");
  assert.equal(tools.toolProblem(tool("a"), ["b"]), null);
  assert.match(tools.toolProblem(tool("a b")), /A name has/);
  assert.match(tools.toolProblem(tool("a"), ["a"]), /two tools named a/);
  assert.match(tools.toolProblem(tool("a", { properties: { "": {} } })), /parameter has no name/);
});

test("tool_choice is one of the words or a tool by name, however its JSON is written", () => {
  const choices = tools.choicesFor(["auto", "find"]);
  assert.deepEqual(choices.map(([, label]) => label), ["none", "auto", "required", "auto", "find"]);
  assert.equal(tools.choiceOf('"auto"', choices), '"auto"');
  assert.equal(tools.choiceOf('{"function": {"name": "auto"}, "type": "function"}', choices), choices[3][0]);
  assert.equal(tools.choiceOf('{"other": 1}', choices), '{"other": 1}');
});

const search = tool("search", {
  type: "object",
  properties: { words: { type: "array", items: { type: "string" } }, many: { type: "integer" } },
  required: ["words"],
  additionalProperties: false,
});

test("arguments are checked against the schema of their tool", () => {
  const check = (text, of = search) => checkArguments(text, of);
  assert.deepEqual(check('{"words": ["a"], "many": 2}'), { state: "right", problems: [] });
  assert.deepEqual(check("{}", tool("free")), { state: "right", problems: [] });
  assert.deepEqual(check("{}", null), { state: "unknown", problems: [] });
  assert.equal(check("{").state, "json");
  assert.equal(check("[]").state, "json");
  const wrong = check('{"words": [1], "many": "x"}');
  assert.equal(wrong.state, "wrong");
  assert.deepEqual(wrong.problems.map((text) => text.split(":")[0]), ["words[0]", "many"]);
  assert.deepEqual(check("{}").problems, ['"words" is missing']);
  assert.deepEqual(check("{}", tool("f", { $ref: "#/nowhere" })), { state: "unknown", problems: ['The tool\'s schema can\'t be used: Unresolved $ref "#/nowhere"'] });
  assert.equal(check('{"words": [], "other": 1}').state, "wrong");
});

const call = (id, name = "f") => ({ id, type: "function", function: { name, arguments: "{}" } });
const asking = (...ids) => ({ ...makeRow("assistant"), message: { role: "assistant", content: null, tool_calls: ids.map((id) => call(id)) } });

test("answers stand below their calls, in order, once each", () => {
  const row = asking("a", "b");
  let rows = [makeRow("user", "?"), row];
  assert.equal(calls.isReady(rows, row.id), false);
  rows = calls.answerCall(rows, row.id, "a", "1");
  assert.deepEqual(calls.openCalls(rows, row.id).map(({ id }) => id), ["b"]);
  rows = calls.answerCall(calls.answerCall(rows, row.id, "b", "2"), row.id, "a", "3");
  assert.deepEqual(rows.slice(2).map(({ message }) => message), [
    { role: "tool", content: "3", tool_call_id: "a" },
    { role: "tool", content: "2", tool_call_id: "b" },
  ]);
  assert.equal(calls.isReady(rows, row.id), true);
  assert.equal(calls.isReady([...rows, makeRow("user", "more")], row.id), false);
  assert.equal(calls.answerCall(rows, row.id, "none", "x"), rows);
});

test("a result remembers the mock that it came from, until it is answered otherwise", () => {
  const row = asking("a");
  const mocked = calls.answerCall([row], row.id, "a", "1", "f");
  assert.deepEqual(mocked[1].mock, { name: "f", text: "1" });
  assert.equal(calls.answerCall(mocked, row.id, "a", "2")[1].mock, undefined);
});

test("a message below a call without a result has passed it", () => {
  const row = asking("a", "b");
  const rows = calls.answerCall([row], row.id, "a", "1");
  assert.equal(calls.isPassed(rows, row.id), false);
  assert.equal(calls.isPassed([...rows, makeRow("user", "more")], row.id), true);
});

test("of calls with the same id a result can only mean the nearest", () => {
  const rows = [asking("a", "b"), asking("a")];
  assert.deepEqual(callsAbove(rows, 2).map(({ id }) => id), ["b", "a"]);
  assert.deepEqual(callsAbove(rows, 1).map(({ id }) => id), ["a", "b"]);
});

test("only what the user allowed answers by itself, a mock before a built-in", () => {
  const facts = { mocks: {}, builtins: ["calculator"], allowed: [], runOn: true };
  const by = (change, name = "calculator") => calls.automatic(call("a", name), { ...facts, ...change });
  assert.equal(by({}), null);
  assert.deepEqual(by({ allowed: ["calculator"] }), { builtin: "calculator" });
  assert.deepEqual(by({ allowed: ["calculator"], mocks: { calculator: "" } }), { mock: "" });
  assert.equal(by({ mocks: { f: "1" }, runOn: false }, "f"), null);
  assert.equal(by({ allowed: ["f"] }, "f"), null);
  assert.equal(by({}, "toString"), null);
});
