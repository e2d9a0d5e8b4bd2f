// Asking workers: in turn, within a time, and checks by patterns that never end. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import { Worker } from "node:worker_threads";
import { makeAsker } from "../../assets/js/asker.js";

const LIMITS = { working: 20, loading: 40 };

/** Workers that answer a message with the states that `script` gives for it, in order; an error stands for a lost script. */
function workers(script) {
  const started = [];
  const start = () => {
    const worker = { ended: false, terminate: () => (worker.ended = true) };
    worker.postMessage = async (text) => {
      for (const data of script(text, started.length)) {
        await null;
        if (worker.ended) return;
        if (data instanceof Error) worker.onerror(data);
        else worker.onmessage({ data });
      }
    };
    started.push(worker);
    return worker;
  };
  return { start, started };
}

const done = (text) => [{ state: "working" }, { state: "loading" }, { state: "working" }, { state: "done", result: `<p>${text}</p>` }];

test("one worker is asked one thing after the other", async () => {
  const { start, started } = workers(done);
  const ask = makeAsker(start, LIMITS);
  assert.equal(started.length, 0, "it is not started before it is asked");
  assert.deepEqual(await Promise.all(["a", "b"].map((text) => ask(text))), ["<p>a</p>", "<p>b</p>"]);
  assert.equal(started.length, 1);
});

test("a worker that is stuck is ended, and what is asked next has a new one", async () => {
  const { start, started } = workers((text) => (text === "bomb" ? [{ state: "working" }] : done(text)));
  const ask = makeAsker(start, LIMITS);
  assert.deepEqual(await Promise.all(["bomb", "b"].map((text) => ask(text))), [null, "<p>b</p>"]);
  assert.deepEqual(started.map(({ ended }) => ended), [true, false]); // prettier-ignore
});

test("scripts that do not come are an error, and what is asked next asks for them again", async () => {
  for (const lost of [[new Error("404")], [], [{ state: "working" }, { state: "loading" }]]) {
    const { start } = workers((text, count) => (count === 1 ? lost : done(text)));
    const ask = makeAsker(start, LIMITS);
    await assert.rejects(ask("a"), /could not be loaded/);
    assert.equal(await ask("a"), "<p>a</p>");
  }
});

test("what is not wanted any more when its turn comes is not asked", async () => {
  const heard = [];
  const { start } = workers((text) => (heard.push(text), done(text)));
  const ask = makeAsker(start, LIMITS);
  assert.deepEqual(await Promise.all([ask("a"), ask("b", () => false), ask("c", () => true)]), ["<p>a</p>", undefined, "<p>c</p>"]);
  assert.deepEqual(heard, ["a", "c"]);
});

// --- the checks of answers and arguments ----------------------------------------------------------------

const threads = [];
test.after(() => Promise.all(threads.map((thread) => thread.terminate())));

/** The page's worker in a thread of Node, as a browser's Worker looks. */
function checker() {
  const script = new URL("../../assets/js/editor/check-worker.js", import.meta.url).href;
  const thread = new Worker(
    `const { parentPort } = require("node:worker_threads");
     globalThis.self = { postMessage: (data) => parentPort.postMessage(data) };
     import(${JSON.stringify(script)}).then(() => parentPort.on("message", (data) => self.onmessage({ data })));`,
    { eval: true },
  );
  threads.push(thread);
  const worker = { postMessage: (data) => thread.postMessage(data), terminate: () => thread.terminate() };
  thread.on("message", (data) => worker.onmessage({ data }));
  thread.on("error", (error) => worker.onerror(error));
  return worker;
}

const BOMB = `${"a".repeat(60)}b`;
const regex = (value) => ({ response_format: JSON.stringify({ type: "regex", value }) });
const tool = (parameters) => ({ type: "function", function: { name: "f", parameters } });
const PATTERN = { properties: { a: { type: "string", pattern: "^(a+)+$" } } };

for (const [what, asked] of [
  ["a pattern", { kind: "reply", format: regex("(a+)+$"), text: BOMB }],
  ["a pattern of a tool's schema", { kind: "arguments", tool: tool(PATTERN), text: JSON.stringify({ a: BOMB }) }],
]) {
  test(`${what} that takes for ever is given up, and the next check is made`, async () => {
    const ask = makeAsker(checker, { working: 1000 });
    const [late, next, tool] = await Promise.all([
      ask(asked),
      ask({ kind: "reply", format: regex("(a+)+$"), text: "aaa" }),
      ask({ kind: "arguments", tool: null, text: "{}" }),
    ]);
    assert.equal(late, null);
    assert.deepEqual(next, { verdict: "valid", said: "Matches the pattern", errors: [] });
    assert.deepEqual(tool, { state: "unknown", problems: [] });
  });
}
