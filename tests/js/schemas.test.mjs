// Schemas as texts: their fields, what is wrong with them, and answers judged by them. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import { placedProblem, readJson } from "../../assets/js/document/jsonplaces.js";
import { checkReply, readReply } from "../../assets/js/document/replycheck.js";
import { mistakes, pathText, schemaProblems } from "../../assets/js/document/schemacheck.js";
import * as f from "../../assets/js/document/schemafields.js";
import { inferred, SAMPLES, valueIn } from "../../assets/js/document/schemasamples.js";

for (const [text, expected] of [
  ['{"a": [1, -2.5e3, true, null, "\\u00e9"]}', null],
  ["", "Line 1, column 1: the text ends here: a value is missing"],
  ['{\n  "a" 1}', "Line 2, column 7: a colon is missing after the name"],
  ['{"a": 1,}', "Line 1, column 9: a name in double quotes is missing"],
  ["[1 2]", "Line 1, column 4: a comma or ] is missing"],
  ['"a\nb"', "Line 1, column 3: a quote is not closed"],
  ["{} {}", "Line 1, column 4: there is more after the end of the JSON"],
  ["[".repeat(5000), "Line 1, column 302: nested deeper than 300 levels"],
]) {
  test(`where ${JSON.stringify(text.slice(0, 30))} stops being JSON`, () => assert.equal(placedProblem(text), expected));
}

test("what is read as JSON is what JSON.parse reads", () => {
  for (const text of ["{}", "[]", "1.0", '"\\n"', "01", "+1", "tru", "{'a': 1}", "[1,]", "\u00a01", '"\t"', "nul", "-", "1e", '{"a":1,"a":2}', " 0 "]) {
    let parses = true;
    try {
      JSON.parse(text);
    } catch {
      parses = false;
    }
    assert.equal(readJson(text).node !== undefined, parses, text);
  }
});

for (const [text, expected] of [
  ['{"type": "object"}', []],
  ["true", []],
  ['{"type": "strin"}', ["Line 1, column 10, type: must be one of array, boolean, integer, null, number, object, string, or a list of these"]],
  ['{\n"properties": {"a": {"minLength": -1}}}', ["Line 2, column 35, properties.a.minLength: -1 is less than 0"]],
  ['{"pattern": "("}', ["Line 1, column 13, pattern: is no regular expression that this browser knows"]],
  ['{"required": "a"}', ["Line 1, column 14, required: is string, must be array"]],
  ['{"anyOf": []}', ["Line 1, column 11, anyOf: Array has too few items (0 < 1)"]],
]) {
  test(`what is wrong with the schema ${text}`, () => assert.deepEqual(schemaProblems(text), expected));
}

test("a schema within a text is judged with its places in the whole", () => {
  const text = '{"function":\n {"parameters": {"type": "strin"}}}';
  assert.match(schemaProblems(text, ["function", "parameters"])[0], /^Line 2, column 26, type: must be one of array/);
  assert.deepEqual(schemaProblems('{"function": {}}', ["function", "parameters"]), []);
});

test("samples are schemas", () => SAMPLES.forEach(([, schema]) => assert.deepEqual(schemaProblems(JSON.stringify(schema)), [])));

test("an answer's value is found bare and in a code block", () => {
  for (const text of ['{"a": 1}', ' {"a": 1}\n', '```json\n{"a": 1}\n```', '\n```\n{"a": 1}\n```\n']) assert.deepEqual(valueIn(text), { a: 1 });
  for (const text of ["", "1", '"a"', 'Here: {"a": 1}', "{"]) assert.equal(valueIn(text), undefined);
});

test("a value is valid under the schema made of it, and other shapes are not", () => {
  const values = [{ a: 1, b: [null, "x", 2.5] }, [{ a: 1, b: null }, { a: 1.5, c: [1, "x"] }], [], [[], [1]], { x: { y: [{ z: true }, {}] } }, [1, "a", { b: 1 }, { c: 2 }]];
  for (const value of values) {
    assert.deepEqual(schemaProblems(JSON.stringify(inferred(value))), []);
    assert.deepEqual(mistakes(inferred(value), value), { errors: [] }, JSON.stringify(value));
  }
  assert.deepEqual(mistakes(inferred({ a: 1 }), { a: "x", b: 1 }).errors.map(({ path }) => pathText(path)), ["a", "b"]);
});

// --- fields ------------------------------------------------------------------------------------------

const CUSTOM = '"kept": {"$ref": "#/$defs/x", "n": 1.0}';
const START = `{\n  "type": "object",\n  "properties": {\n    ${CUSTOM},\n    "b": {"type": "string"}\n  },\n  "required": ["b"],\n  "$defs": {"x": {}}\n}`;
const root = (text) => readJson(text).node;
const list = (text) => f.fieldsOf(text, root(text));
const shape = (text) => list(text).map(({ name, node, required }) => [name, f.typeOf(text, node), required]);

for (const [name, change, expected] of [
  ["a field is added", (text) => f.addField(text, root(text)), [["kept", "custom", false], ["b", "string", true], ["field_3", "string", true]]],
  ["a field is renamed", (text) => f.renameField(text, root(text), 1, 'c "d"'), [["kept", "custom", false], ['c "d"', "string", true]]],
  ["a field is removed", (text) => f.removeField(text, root(text), 1), [["kept", "custom", false]]],
  ["a field is made optional", (text) => f.setRequired(text, root(text), "b", false), [["kept", "custom", false], ["b", "string", false]]],
  ["a field becomes an object", (text) => f.setType(text, list(text)[1].node, "object"), [["kept", "custom", false], ["b", "object", true]]],
  ["a field becomes a list", (text) => f.setType(text, list(text)[1].node, "array"), [["kept", "custom", false], ["b", "array", true]]],
  ["a field becomes one of some", (text) => f.setType(text, list(text)[1].node, "enum"), [["kept", "custom", false], ["b", "enum", true]]],
  ["a field is described", (text) => f.setDescription(text, list(text)[1].node, "d"), [["kept", "custom", false], ["b", "string", true]]],
]) {
  test(`${name}, and what has no field stays to the letter`, () => {
    const text = change(START);
    assert.deepEqual(shape(text), expected);
    assert.ok(text.includes(CUSTOM) && text.includes('"$defs": {"x": {}}'), text);
  });
}

test("a removed first field, a description taken back and options", () => {
  assert.deepEqual(shape(f.removeField(START, root(START), 0)), [["b", "string", true]]);
  const described = f.setDescription(START, list(START)[1].node, "d");
  assert.equal(f.setDescription(described, list(described)[1].node, ""), START);
  const options = f.setType(START, list(START)[1].node, "enum");
  const more = f.setOptions(options, list(options)[1].node, ["x", "y", "z"]);
  assert.deepEqual(f.optionsOf(list(more)[1].node), ["x", "y", "z"]);
});

for (const [schema, type] of [
  ["{}", "any"],
  ['{"description": "d", "minLength": 1}', "any"],
  ['{"properties": {}}', "object"],
  ['{"items": {}}', "array"],
  ['{"type": ["string", "null"]}', "custom"],
  ['{"anyOf": []}', "custom"],
  ["true", "custom"],
  ['{"enum": ["a"]}', "enum"],
  ['{"type": "integer", "enum": [1, 2]}', "enum"],
  ['{"type": "number", "enum": [1.50]}', "enum"],
  ['{"type": "string", "enum": [1]}', "custom"],
  ['{"enum": [1, "a"]}', "custom"],
  ['{"enum": {}}', "custom"],
]) {
  test(`the builder shows ${schema} as ${type}`, () => assert.equal(f.typeOf(schema, root(schema)), type));
}

test("options are of one type, and are written as they were typed", () => {
  const text = '{"type": "string", "enum": ["1", "2.50", "x"]}';
  const numbers = f.setOptionType(text, root(text), "number");
  assert.equal(numbers, '{"type": "number", "enum": [1, 2.50]}');
  assert.equal(f.setOptions(numbers, root(numbers), [...f.optionsOf(root(numbers)), f.freshOption(root(numbers))]), '{"type": "number", "enum": [1, 2.50, 3]}');
  assert.equal(f.setOptionType(numbers, root(numbers), "integer"), '{"type": "integer", "enum": [1]}');
  assert.equal(f.setOptionType(numbers, root(numbers), "string"), '{"type": "string", "enum": ["1", "2.50"]}');
  const words = '{"enum": ["x"]}';
  assert.equal(f.setOptionType(words, root(words), "integer"), '{"enum": [1, 2], "type": "integer"}');
  for (const [type, typed, fits] of [["string", "", true], ["number", "1.", false], ["number", "-1e3", true], ["integer", "1.5", false], ["integer", "", false]]) {
    assert.equal(f.isOption(type, typed), fits, `${typed} as ${type}`);
  }
});

test("fields of the same name are told, and both keep their place", () => {
  const text = f.renameField(START, root(START), 1, "kept");
  assert.deepEqual(f.twiceIn(list(text)), ["kept"]);
  assert.deepEqual(f.twiceIn(list(f.renameField(text, root(text), 1, "b"))), []);
});

// --- answers -----------------------------------------------------------------------------------------

const schema = { type: "object", properties: { a: { type: "array", items: { type: "integer" } } }, required: ["a"], additionalProperties: false };
const asked = (value) => ({ response_format: JSON.stringify(value) });
const structured = (value) => ({ structured_outputs: JSON.stringify(value) });
const bySchema = asked({ type: "json_schema", json_schema: { name: "n", schema } });
const regex = (value) => asked({ type: "regex", value });

for (const [format, text, verdict, said, paths = []] of [
  [bySchema, ' {"a": [1]}\n', "valid", "Follows the schema"],
  [bySchema, '{"a": [1, "x"], "b": 1}', "invalid", "Does not follow the schema: 2 places", ["a[1]", "b"]],
  [bySchema, "{}", "invalid", "Does not follow the schema: 1 place", ["the whole"]],
  [bySchema, '{"a": [1', "invalid", "Not JSON: line 1, column 9: the text ends here: a comma or ] is missing"],
  [asked({ type: "json", value: { $ref: "#/nowhere" } }), "1", "unchecked", 'This schema can\'t be checked here: Unresolved $ref "#/nowhere"'],
  [asked({ type: "json_object" }), "{}", "valid", "Valid JSON"],
  [asked({ type: "json_object" }), "[]", "invalid", "JSON, but no object"],
  [regex("a|b"), "b", "valid", "Matches the pattern"],
  [regex("a|b"), "ab", "invalid", "Does not match the pattern"],
  [regex("(?i)a"), "a", "unchecked", "This pattern is of a dialect that is not checked here"],
  [structured({ choice: ["yes", "no"] }), "yes", "valid", "One of the choices"],
  [structured({ choice: ["yes", "no"] }), "Yes", "invalid", "None of the choices"],
  [structured({ grammar: "g" }), "x", "unchecked", "Grammars are not checked here"],
]) {
  test(`${text} as an answer to ${JSON.stringify(format).slice(0, 60)}: ${said}`, () => {
    const check = checkReply(format, text);
    assert.deepEqual([check.verdict, check.said, check.errors.map(({ path }) => pathText(path))], [verdict, said, paths]);
  });
}

test("an answer that was asked for nothing is not judged", () => {
  for (const format of [null, asked({ type: "text" })]) assert.deepEqual([checkReply(format, "x"), readReply(format, "x")], [null, null]);
});

test("an answer's JSON is read where JSON was asked for", () => {
  const kindOf = (format, text) => readReply(format, text).node?.kind ?? null;
  assert.deepEqual([kindOf(bySchema, "{}"), kindOf(asked({ type: "json_object" }), "[]"), kindOf(bySchema, "{"), kindOf(regex("1"), "1")], ["object", "array", null, null]);
});
