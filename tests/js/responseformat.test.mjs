// The response format of a pane, read from its texts and written there. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import * as r from "../../assets/js/document/responseformat.js";

const pane = (response_format, extra = "") => ({ params: response_format === null ? {} : { response_format }, extra });
const SCHEMA = '{"type": "object", "x": 1.0}';
const WRITTEN = `{"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": ${SCHEMA}}}`;

for (const [name, settings, expected] of [
  ["nothing", pane(null), { kind: "none" }],
  ["an empty text", pane(" "), { kind: "none" }],
  ["JSON", pane('{"type":"json_object"}'), { kind: "json" }],
  ["a schema", pane(WRITTEN), { kind: "schema", text: SCHEMA, name: "n", strict: true }],
  ["a schema that is being typed", pane(WRITTEN.replace("1.0", "")), { kind: "schema", text: '{"type": "object", "x": }', name: "n", strict: true }],
  ["TGI's pattern", pane('{"type": "regex", "value": "a|b"}'), { kind: "regex", text: "a|b" }],
  ["TGI's schema", pane('{"type": "json", "value": {}}'), { kind: "custom", text: '{"type": "json", "value": {}}' }],
  ["more than the form has", pane('{"type": "json_object", "x": 1}'), { kind: "custom", text: '{"type": "json_object", "x": 1}' }],
  ["no JSON", pane("{"), { kind: "custom", text: "{" }],
  ["a grammar", pane(null, '{"structured_outputs": {"grammar": "g\\n"}}'), { kind: "grammar", text: "g\n" }],
  ["choices", pane(null, '{"a": 1, "structured_outputs": {"choice": ["x", "y"]}}'), { kind: "choice", choices: ["x", "y"] }],
  ["another of vLLM's", pane(null, '{"structured_outputs": {"json": {}}}'), { kind: "custom", text: '{"json": {}}', extra: true }],
  ["extra fields that are no JSON yet", pane(null, '{"structured_outputs": '), { kind: "none" }],
]) {
  test(`reads ${name}`, () => {
    const { double, ...format } = r.formatOf(settings);
    assert.deepEqual([format, double], [expected, false]);
  });
}

test("two formats at once are told", () => {
  assert.equal(r.formatOf(pane('{"type": "json_object"}', '{"structured_outputs": {"choice": ["x"]}}')).double, true);
});

test("each kind that is picked is read back as that kind, and None leaves nothing", () => {
  const extra = '{\n  "a": 12345678901234567890,\n  "b": 1.0\n}';
  for (const [kind] of r.KINDS) {
    const settings = r.withKind(pane(null, extra), kind);
    assert.equal(r.formatOf(settings).kind, kind);
    assert.deepEqual(r.withKind(settings, "none"), { params: {}, extra });
  }
});

test("a picked kind takes the place of the one before, in both places", () => {
  const choice = r.withKind(pane('{"type": "json_object"}'), "choice");
  assert.deepEqual(choice, { params: {}, extra: '{"structured_outputs": {"choice":["yes","no"]}}' });
  assert.deepEqual(r.withKind(choice, "json"), { params: { response_format: '{"type": "json_object"}' }, extra: "" });
});

test("a kind that is picked again says what it said before", () => {
  for (const before of [pane(WRITTEN), pane(null, '{"b": 1.0, "structured_outputs": {"choice": ["x"]}}')]) {
    const kept = r.askedFormat(before);
    const between = r.withKind(before, "regex");
    const after = r.withKind(between, r.formatOf(before).kind, kept);
    assert.deepEqual(r.formatOf(after), r.formatOf(before));
    assert.deepEqual(r.withKind(after, "none"), r.withKind(before, "none"));
  }
});

test("a head that no text can have is another form, not a fault", () => {
  const text = '{"type": "json_schema", "json_schema": {"name": "a\\q", "schema": {}}}';
  assert.equal(r.formatOf(pane(text)).kind, "custom");
});

test("TGI's schema is taken along into a schema", () => {
  const settings = r.withKind(pane('{"type": "json", "value": {"type": "array"}}'), "schema");
  assert.equal(r.formatOf(settings).text, '{\n  "type": "array"\n}');
});

test("a schema is written letter by letter, and read back as it was typed", () => {
  const whole = '{"type": "object", "description": "a } and a \\"quote\\"", "x": 1.0}';
  let text = WRITTEN;
  for (let end = 0; end <= whole.length; end += 1) {
    text = r.withSchema(text, whole.slice(0, end));
    const { kind, text: shown, name, strict } = r.formatOf(pane(text));
    assert.deepEqual([kind, shown, name, strict], ["schema", whole.slice(0, end), "n", true]);
  }
  assert.equal(text, WRITTEN.replace(SCHEMA, whole));
});

test("what stands around a schema stays as it was written", () => {
  const pretty = '{\n  "type": "json_schema",\n  "json_schema": {\n    "schema": {\n      "type": "object"\n    },\n    "name": "n"\n  }\n}';
  assert.equal(r.formatOf(pane(pretty)).text, '{\n  "type": "object"\n}');
  assert.equal(r.withSchema(pretty, '{\n  "type": "array"\n}'), pretty.replace("object", "array"));
});

test("a name and strict are set and taken out", () => {
  const named = r.withSchemaField(WRITTEN, "name", "other");
  assert.equal(named, WRITTEN.replace('"n"', '"other"'));
  assert.equal(r.withSchemaField(WRITTEN, "strict", null), WRITTEN.replace(', "strict": true', ""));
  assert.equal(r.formatOf(pane(r.withSchemaField(WRITTEN.replace(', "strict": true', ""), "strict", true))).strict, true);
  const typed = WRITTEN.replace("1.0", "");
  assert.equal(r.formatOf(pane(r.withSchemaField(typed, "name", "other"))).name, "other");
});

for (const [name, settings, expected] of [
  ["nothing", pane(null), null],
  ["plain text", pane('{"type": "text"}'), null],
  ["JSON", pane('{"type": "json_object"}'), { kind: "json" }],
  ["a schema", pane(WRITTEN), { kind: "schema", schema: { type: "object", x: 1 } }],
  ["TGI's schema", pane('{"type": "json", "value": {"type": "array"}}'), { kind: "schema", schema: { type: "array" } }],
  ["TGI's pattern", pane('{"type": "regex", "value": "a"}'), { kind: "regex", pattern: "a" }],
  ["vLLM's schema", pane(null, '{"structured_outputs": {"json": {}}}'), { kind: "schema", schema: {} }],
  ["vLLM's pattern", pane(null, '{"structured_outputs": {"regex": "a"}}'), { kind: "regex", pattern: "a" }],
  ["choices", pane(null, '{"structured_outputs": {"choice": ["a"]}}'), { kind: "choice", choices: ["a"] }],
  ["a grammar", pane(null, '{"structured_outputs": {"grammar": "a"}}'), { kind: "grammar" }],
  ["an unknown form", pane('{"type": "other"}'), { kind: "unknown" }],
]) {
  test(`an answer that was asked with ${name} is held to it`, () => assert.deepEqual(r.constraintOf(r.askedFormat(settings)), expected));
}
