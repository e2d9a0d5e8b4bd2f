// The thinking switch writes one field into the extra JSON, and leaves the rest as it was typed.
import assert from "node:assert/strict";
import test from "node:test";
import { fieldText, withFieldText } from "../../assets/js/document/jsonedit.js";
import { thinkingOf, whyNoThinking, whyNoThoughts, withThinking } from "../../assets/js/document/thinking.js";

const KWARGS = "chat_template_kwargs";

test("a field is set, added and taken out, and no other character changes", () => {
  const cases = [
    ["{}", "a", "1", '{"a": 1}'],
    ['{"a": 1}', "a", "2", '{"a": 2}'],
    ['{"b": 12345678901234567890, "c": 1.0}', "a", "[1]", '{"b": 12345678901234567890, "c": 1.0, "a": [1]}'],
    ['{\n  "b": {"a": [1, {"a": 2}]}\n}', "a", "3", '{\n  "b": {"a": [1, {"a": 2}]},\n  "a": 3\n}'],
    ['{"a": 1, "b": 2, "c": 3}', "b", null, '{"a": 1, "c": 3}'],
    ['{"a": 1, "b": 2}', "a", null, '{"b": 2}'],
    ['{"a": 1, "b": "x, \\"a\\": 9"}', "b", null, '{"a": 1}'],
    ['{"a": 1}', "a", null, "{}"],
    ['{"a": 1, "b": 0, "a": 2}', "a", null, '{"b": 0}'],
    ['{"\\u0061": {"x": []}}', "a", "4", '{"\\u0061": 4}'],
    ['{"b": {}}', "a", null, '{"b": {}}'],
  ];
  for (const [text, key, value, expected] of cases) {
    assert.equal(withFieldText(text, key, value), expected);
    assert.equal(fieldText(expected, key), value);
  }
});

test("what the extra fields say of thinking", () => {
  const cases = [
    ["", "default"],
    ['{"user": "me"}', "default"],
    [`{"${KWARGS}": {"enable_thinking": true}}`, "on"],
    [`{"${KWARGS}": {"x": 1, "enable_thinking":false}}`, "off"],
    [`{"${KWARGS}": {"enable_thinking": "no"}}`, "other"],
    [`{"${KWARGS}": 3}`, "other"],
    ["{broken", null],
    ["[1]", null],
  ];
  for (const [extra, expected] of cases) assert.equal(thinkingOf(extra), expected, extra);
});

test("the switch keeps the other fields, and takes itself out again", () => {
  const cases = [
    ["", "off", `{"${KWARGS}": {"enable_thinking": false}}`],
    ['{"n": 90071992547409931}', "on", `{"n": 90071992547409931, "${KWARGS}": {"enable_thinking": true}}`],
    [`{"${KWARGS}": {"x": 1}}`, "off", `{"${KWARGS}": {"x": 1, "enable_thinking": false}}`],
    [`{"${KWARGS}": {"x": 1, "enable_thinking": false}}`, "default", `{"${KWARGS}": {"x": 1}}`],
    [`{"${KWARGS}": {"enable_thinking": false}, "n": 1}`, "default", '{"n": 1}'],
    [`{"${KWARGS}": {"enable_thinking": false}}`, "default", ""],
    [`{"${KWARGS}": 3}`, "on", `{"${KWARGS}": {"enable_thinking": true}}`],
  ];
  for (const [extra, wanted, expected] of cases) {
    assert.equal(withThinking(extra, wanted), expected);
    assert.equal(thinkingOf(expected), wanted);
  }
});

test("a switch that would do nothing says why; what is unknown is let through", () => {
  const knows = (thinks, ...thinking_fields) => ({ thinks, thinking_fields });
  assert.equal(whyNoThinking(null), null);
  assert.equal(whyNoThinking({ thinks: null, thinking_fields: null }), null);
  assert.equal(whyNoThinking(knows(true, "enable_thinking")), null);
  assert.match(whyNoThinking(knows(true)), /always thinks/);
  assert.match(whyNoThinking(knows(false)), /does not think/);
  assert.equal(whyNoThoughts(knows(true, "reasoning_content")), null);
  assert.match(whyNoThoughts(knows(true)), /no place/);
  assert.equal(whyNoThoughts(undefined), null);
});
