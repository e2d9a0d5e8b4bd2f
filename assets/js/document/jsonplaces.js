// JSON with its places: a text read into nodes that know where they stand, and small changes to the text that leave the
// rest of it as it was written (JavaScript's own values would round large integers and reorder keys).
//
// A node is { kind, start, end } with `members` ([{ key, keyStart, keyEnd, value }], kind "object"), `items` (kind
// "array") or `value` (kind "string", "number", "boolean", "null"); `source` is a number or word as it was written.

const DEEPEST = 300;

/** The text read: { node } or { problem, at }, `at` the place in the text where it stops being JSON. */
export function readJson(text) {
  const reader = new Reader(text);
  try {
    reader.skip();
    const node = reader.value(0);
    reader.skip();
    if (reader.at < text.length) reader.fail("there is more after the end of the JSON");
    return { node };
  } catch (error) {
    if (error instanceof NotJson) return { problem: error.message, at: error.at };
    throw error;
  }
}

/** Line and column of a place in the text, both from 1. */
export function placeIn(text, at) {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

/** Line and column in words. */
export function placeText(text, at) {
  const { line, column } = placeIn(text, at);
  return `Line ${line}, column ${column}`;
}

/** What is wrong with a text that should be JSON, with its place, or null. */
export function placedProblem(text) {
  const { problem, at } = readJson(text);
  return problem === undefined ? null : `${placeText(text, at)}: ${problem}`;
}

/** That a text is no JSON, and why; null if it is. */
export function notJson(text) {
  const problem = placedProblem(text);
  return problem && `Not JSON: ${problem[0].toLowerCase()}${problem.slice(1)}`;
}

/** The member of an object node by its name, the last one as JSON has it; null if there is none. */
export const memberOf = (node, name) => (node?.kind === "object" && node.members.findLast(({ key }) => key === name)) || null;

/** The node that stands at a path of names and places, or null. */
export const nodeAt = (node, path) =>
  path.reduce((at, step) => (at?.kind === "array" ? (at.items[step] ?? null) : (memberOf(at, String(step))?.value ?? null)), node);

/** The node's value, as JSON.parse gives it. */
export const valueOf = (text, node) => JSON.parse(text.slice(node.start, node.end));

class NotJson extends Error {
  constructor(message, at) {
    super(message);
    this.at = at;
  }
}

const BLANK = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const UNCLOSED = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORD = /true|false|null/y;

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(message, at = this.at) {
    throw new NotJson(at >= this.text.length ? `the text ends here: ${message}` : message, at);
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found) this.at += found.length;
    return found;
  }

  skip() {
    this.take(BLANK);
  }

  value(depth) {
    if (depth > DEEPEST) this.fail(`nested deeper than ${DEEPEST} levels`);
    const start = this.at;
    const mark = this.text[start];
    const made = (rest) => ({ ...rest, start, end: this.at });
    if (mark === "{") return made({ kind: "object", members: this.list("}", () => this.member(depth)) });
    if (mark === "[") return made({ kind: "array", items: this.list("]", () => this.value(depth + 1)) });
    if (mark === '"') return made({ kind: "string", value: this.string("a text") });
    const token = this.take(NUMBER) ?? this.take(WORD) ?? this.fail("a value is missing");
    const value = JSON.parse(token);
    return made({ kind: value === null ? "null" : typeof value, value, source: token });
  }

  string(what) {
    const start = this.at;
    const found = this.take(STRING);
    if (found) return JSON.parse(found);
    if (this.text[start] !== '"') this.fail(`${what} in double quotes is missing`);
    this.take(UNCLOSED);
    const mark = this.text[this.at];
    return this.fail(mark === "\n" || mark === undefined ? "a quote is not closed" : "a character that must be escaped");
  }

  member(depth) {
    const keyStart = this.at;
    const key = this.string("a name");
    const keyEnd = this.at;
    this.skip();
    if (this.text[this.at] !== ":") this.fail("a colon is missing after the name");
    this.at += 1;
    this.skip();
    return { key, keyStart, keyEnd, value: this.value(depth + 1) };
  }

  list(close, one) {
    const found = [];
    this.at += 1;
    this.skip();
    if (this.text[this.at] === close) {
      this.at += 1;
      return found;
    }
    for (;;) {
      found.push(one());
      this.skip();
      const mark = this.text[this.at];
      if (mark !== "," && mark !== close) this.fail(`a comma or ${close} is missing`);
      this.at += 1;
      if (mark === close) return found;
      this.skip();
    }
  }
}

// --- changes ---------------------------------------------------------------------------------------

/** The text with these parts replaced: [{ start, end, put }], none of them overlapping. */
export const spliced = (text, edits) =>
  [...edits].sort((one, other) => other.start - one.start).reduce((now, { start, end, put }) => now.slice(0, start) + put + now.slice(end), text);

export const replaced = (node, put) => ({ start: node.start, end: node.end, put });

/** The edit that gives an object's member this value, written as JSON; a member that is new comes last. */
export function memberSet(text, node, name, put) {
  const there = memberOf(node, name);
  return there ? replaced(there.value, put) : added(text, node, node.members.map(({ keyStart }) => keyStart), `${JSON.stringify(name)}: ${put}`);
}

/** The edit that puts an item behind the others of an array. */
export const itemAdded = (text, node, put) => added(text, node, node.items.map(({ start }) => start), put);

function added(text, node, starts, put) {
  const line = lineStart(text, node.start);
  const outer = /^[ \t]*/.exec(text.slice(line))[0];
  if (!starts.length) {
    const inner = `${outer}  `;
    return { start: node.start + 1, end: node.end - 1, put: text.includes("\n") ? `\n${inner}${deeper(put, inner)}\n${outer}` : put };
  }
  const last = endOfLast(node);
  const gap = text.slice(lineStart(text, starts.at(-1)), starts.at(-1));
  const own = text.slice(node.start, starts[0]).includes("\n") && /^[ \t]*$/.test(gap);
  return { start: last, end: last, put: own ? `,\n${gap}${deeper(put, gap)}` : `, ${put}` };
}

const lineStart = (text, at) => text.lastIndexOf("\n", at - 1) + 1;

/** A text of several lines, indented to stand at this depth. */
export const deeper = (put, indent) => put.replaceAll("\n", `\n${indent}`);

const endOfLast = (node) => (node.kind === "object" ? node.members.at(-1).value.end : node.items.at(-1).end);

/** The edit that takes a member or an item out, by its place. */
export function partRemoved(node, index) {
  const parts = node.kind === "object" ? node.members.map(({ keyStart, value }) => [keyStart, value.end]) : node.items.map(({ start, end }) => [start, end]);
  if (parts.length === 1) return { start: node.start + 1, end: node.end - 1, put: "" };
  if (index === 0) return { start: parts[0][0], end: parts[1][0], put: "" };
  return { start: parts[index - 1][1], end: parts[index][1], put: "" };
}
