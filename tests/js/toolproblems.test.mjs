// What is said of tools as JSON, of their results, and of settings in a few words.
import assert from "node:assert/strict";
import test from "node:test";
import { settingText } from "../../assets/js/document/settingtext.js";
import { toolsProblems } from "../../assets/js/document/toolproblems.js";
import { brokenJson } from "../../assets/js/document/toolresults.js";

const tool = (name, more = "") => `{"type": "function", "function": {"name": "${name}"${more}}}`;

const WRONG = [
  ["{}", ["Line 1, column 1: tools are a list"]],
  ["[1]", ["Line 1, column 2: a tool is"]],
  ['[\n  {"name": "x"}\n]', ["Line 2, column 3: its type is missing"]],
  ['[{"type": "retrieval"}]', ['Line 1, column 11: only the type "function" is known']],
  ['[{"type": "function"}]', ["Line 1, column 2: its function is missing"]],
  ['[{"type": "function", "function": []}]', ["Line 1, column 35: a tool is"]],
  ['[{"type": "function", "function": {}}]', ["Line 1, column 35: its function has no name"]],
  [`[${tool("a b")}]`, ["Line 1, column 44: a name has 1 to 64"]],
  [`[${tool("")}]`, ["Line 1, column 44: a name has 1 to 64"]],
  [`[${tool("a")},\n${tool("a")}]`, ["Line 2, column 43: there is another tool named a"]],
  [`[${tool("a", ', "parameters": {"type": "strng"}')}]`, ["Line 1, column 72, type: must be one of array"]],
  [`[1, ${tool("a")}, ${tool("a b")}]`, ["Line 1, column 2: a tool is", "Line 1, column 96: a name has"]],
];
for (const [text, expected] of WRONG) {
  test(`tools that are ${text.replaceAll("\n", "")} are told with their places`, () => {
    const said = toolsProblems(text);
    assert.deepEqual(said.map((one, at) => one.startsWith(expected[at]) || one), expected.map(() => true));
  });
}

test("nothing is said of sound tools, nor of what is no JSON yet", () => {
  for (const text of ["[]", `[${tool("a")}, ${tool("b", ', "parameters": {"type": "object"}')}]`, "[{", ""]) assert.deepEqual(toolsProblems(text), [], text);
});

test("a result that begins as JSON and is none gets a hint", () => {
  for (const text of ["", "noon", "21 °C", '{"a": 1}', "[1]", ' {"a": [1.0]}\n', "<b>"]) assert.equal(brokenJson(text), null, text);
  assert.equal(brokenJson('{"a": 1'), "Not JSON: line 1, column 8: the text ends here: a comma or } is missing.");
  assert.match(brokenJson("[x]"), /^Not JSON: line 1, column 2/);
});

test("settings in a few words", () => {
  const names = (...list) => `[${list.map((name) => tool(name)).join()}]`;
  const cases = [
    ["temperature", undefined, "default"],
    ["temperature", "0.5", "0.5"],
    ["stop", '["a long, long stop"]', '["a long, lon…'],
    ["tools", names("get_weather"), "get_weather"],
    ["tools", names("find", "get_weather"), "find, get_weather"],
    ["tools", names("find_in_files", "get_weather", "calculator"), "3"],
    ["tools", names("look_up_the_weather_of_a_city"), "look_up_the_weather_of_a_ci…"],
    ["tools", "[1]", "[1]"],
    ["tool_choice", '"required"', "required"],
    ["tool_choice", '{"type": "function", "function": {"name": "find"}}', "only find"],
    ["response_format", '{"type": "json_object"}', "JSON"],
    ["response_format", '{"type": "json_schema", "json_schema": {"name": "people", "schema": {}}}', "schema people"],
    ["response_format", '{"type": "regex", "value": "a+"}', "regex"],
    ["response_format", "{", "{"],
    ["response_format", "", ""],
  ];
  for (const [name, text, expected] of cases) assert.equal(settingText(name, text), expected, text);
});
