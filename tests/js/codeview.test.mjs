// The code view: what panes ask for, their code as lines, and the lines that differ. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import { chooseClient, chooseLanguage, clientOf, clientsOf, codeAsk, imagesIn, problemOf } from "../../assets/js/document/codeasks.js";
import { closeWords, cutAt, differing, indentOf, isVast, linesOf, runsOf, textOfLine } from "../../assets/js/document/codelines.js";
import { makeRow } from "../../assets/js/document/conversation.js";
import { headersOf, headersText } from "../../assets/js/document/headers.js";
import { latestOnly } from "../../assets/js/session/latest.js";
import * as w from "../../assets/js/document/workspace.js";

const SWITCHES = ["stream", "full", "images"];
const CLIENTS = [
  { id: "py-one", language: "Python", whole: false, switches: SWITCHES },
  { id: "py-two", language: "Python", whole: false, switches: SWITCHES },
  { id: "js-one", language: "JavaScript", whole: false, switches: SWITCHES },
  { id: "messages", language: "Data", whole: true, switches: [] },
];
const BOOT = {
  clients: CLIENTS,
  default: { endpoint: "Mine", model: "m" },
  endpoints: [{ name: "Mine", built_in: true, kind: "remote" }],
  params: [{ name: "seed", label: "Seed" }],
};

test("a client that runs models itself is offered for models of this machine", () => {
  const clients = [{ ...CLIENTS[0], local: true }, ...CLIENTS.slice(1)];
  const boot = { ...BOOT, clients, endpoints: [...BOOT.endpoints, { name: "Here", built_in: true, kind: "local" }] };
  const remote = chooseClient(w.freshWorkspace(boot), clients[0]);
  assert.deepEqual(clientsOf(remote, boot), clients.slice(1));
  assert.equal(clientOf(remote, boot), clients[1]);
  const local = w.changePane(remote, 0, (pane) => ({ ...pane, endpoint: "Here" }));
  assert.deepEqual(clientsOf(local, boot), clients);
  assert.equal(clientOf(local, boot), clients[0]);
});

test("the last client of each language is remembered", () => {
  let now = w.freshWorkspace(BOOT);
  assert.equal(clientOf(now, BOOT).id, "py-one");
  now = chooseClient(now, CLIENTS[1]);
  now = chooseLanguage(now, BOOT, "JavaScript");
  assert.equal(now.client, "js-one");
  now = chooseLanguage(now, BOOT, "Python");
  assert.equal(now.client, "py-two");
  assert.equal(clientOf({ ...now, client: "no longer there" }, BOOT).id, "py-one");
  assert.equal(w.revive(JSON.parse(JSON.stringify({ ...now, clients: undefined })), BOOT).client, "py-two");
});

test("code is asked for what Run sends, data for the whole conversation", () => {
  const answered = w.changeRows(w.freshWorkspace(BOOT), 0, (rows) => [
    ...rows,
    makeRow("user", "hi"),
    { ...makeRow("assistant", "Hello."), generated: true },
  ]);
  const asked = (now) => codeAsk(now, BOOT, 0).pane.messages.map(({ content }) => content);
  assert.deepEqual(asked(answered), ["hi"]);
  assert.deepEqual(asked(chooseClient(answered, CLIENTS[3])), ["hi", "Hello."]);
  assert.deepEqual(asked({ ...answered, draft: "And?" }), ["hi", "Hello.", "And?"]);
  const ask = codeAsk({ ...answered, stream: false, full: true, images: "file" }, BOOT, 0);
  assert.deepEqual([ask.client, ask.stream, ask.full, ask.images], ["py-one", false, true, "file"]);
});

test("what Run would refuse is said beside the code, not beside the data", () => {
  const asked = w.setParam({ ...w.freshWorkspace(BOOT), draft: "hi {{who}}" }, 0, "seed", "1");
  assert.match(problemOf(asked, BOOT, 0).message, /No value for {{who}}/);
  assert.equal(problemOf(chooseClient(asked, CLIENTS[3]), BOOT, 0), null);
  const named = { ...asked, draft: "hi" };
  assert.match(problemOf(named, BOOT, 0, { seed: "no seeds here" }).message, /Seed cannot be sent: no seeds here/);
});

test("images are in the code and beside a text to read, until a user chooses", () => {
  const now = w.freshWorkspace(BOOT);
  assert.deepEqual([imagesIn(now, CLIENTS[0]), imagesIn(now, CLIENTS[3])], ["inline", "file"]);
  assert.equal(imagesIn({ ...now, images: "inline" }, CLIENTS[3]), "inline");
});

const plain = (text) => [["", text]];

test("pieces cut into lines lose nothing", () => {
  const table = [
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a\n"]],
    ["\n\na", ["\n", "\n", "a"]],
    ["a\r\nb\rc\u2028d", ["a\r\n", "b\rc\u2028d"]],
  ];
  for (const [text, lines] of table) assert.deepEqual(linesOf(plain(text)).map(textOfLine), lines);
  const pieces = [["keyword", "im"], ["string", '"a\nb'], ["", '"\n'], ["", "x"]]; // prettier-ignore
  assert.deepEqual(linesOf(pieces), [
    { pieces: [["keyword", "im"], ["string", '"a']], end: "\n" }, // prettier-ignore
    { pieces: [["string", "b"], ["", '"']], end: "\n" }, // prettier-ignore
    { pieces: [["", "x"]], end: "" },
  ]);
});

test("a line is marked where another pane has not got it there", () => {
  const table = [
    [["a", "b"], ["a", "b"], [], []], // prettier-ignore
    [["a", "b", "c"], ["a", "x", "c"], [1], [1]], // prettier-ignore
    [["a", "c"], ["a", "b", "c"], [], [1]], // prettier-ignore
    [["a", "b", "a"], ["b", "a"], [0], []], // prettier-ignore
    [[], ["a"], [], [0]], // prettier-ignore
  ];
  for (const [left, right, ...marks] of table) assert.deepEqual(differing([left, right]).map((map) => [...map.keys()]), marks);
  const three = differing([["a", "b"], ["a", "c"], ["a", "b"]]); // prettier-ignore
  assert.deepEqual(three.map((map) => [...map.keys()]), [[1], [1], [1]]); // prettier-ignore
});

/** The lines of these texts, what differs within them in brackets; whole ones with a star. */
function bracketed(...texts) {
  const lists = texts.map((text) => linesOf(plain(text)));
  return differing(lists.map((lines) => lines.map(textOfLine))).map((map, index) =>
    lists[index].map(({ pieces, end }, place) => {
      const words = map.get(place);
      const star = words === null ? "*" : "";
      return star + cutAt(pieces, words ?? []).map(([, text, apart]) => (apart ? `[${text}]` : text)).join("") + end;
    }).join(""),
  );
}

test("within a line the words are told that differ", () => {
  const table = [
    ["a b\n", "a b\n", "a b\n", "a b\n"],
    ["    model='one',\n", "    model='two',\n", "    model='[one]',\n", "    model='[two]',\n"],
    ["x = 1\ny = 2\n", "x = 1\ny = 3\n", "x = 1\ny = [2]\n", "x = 1\ny = [3]\n"],
    ["seed=1", "top_p=2", "*seed=1", "*top_p=2"],
    ["t=0,\n", "t=0.7,\n    seed=7,\n", "t=[0],\n", "t=[0.7],\n*    seed=7,\n"],
    ["a\nb c\n", "b c d\n", "*a\nb c\n", "b c[ d]\n"],
    ["to be", "to  be", "to be", "to [ ]be"],
    ["Ein Kätzchen 🐈!", "Ein Kätzchen 🐕!", "Ein Kätzchen [🐈]!", "Ein Kätzchen [🐕]!"],
  ];
  for (const [left, right, ...told] of table) assert.deepEqual(bracketed(left, right), told);
});

test("words of a line that differ from any of several panes are told; a line that some pane lacks is told as a whole", () => {
  assert.deepEqual(bracketed("a b c", "a x c", "a b y"), ["a [b] [c]", "a [x c]", "a [b y]"]);
  assert.deepEqual(bracketed("k\na b", "k\na x", "k\n"), ["k\n*a b", "k\n*a x", "k\n"]);
});

test("pieces are cut where words begin and end, and lose nothing", () => {
  const pieces = [["keyword", "import"], ["", " a.b"]]; // prettier-ignore
  assert.deepEqual(cutAt(pieces, []), [["keyword", "import", false], ["", " a.b", false]]); // prettier-ignore
  const cut = [["keyword", "im", false], ["keyword", "port", true], ["", " a", true], ["", ".b", false]]; // prettier-ignore
  assert.deepEqual(cutAt(pieces, [[2, 8]]), cut);
});

test("texts that have little in common have no words to tell", () => {
  const words = (name) => Array.from({ length: 300 }, (_, index) => `${name}${index}`).join(" ");
  assert.equal(closeWords(words("a"), words("b")), null);
  assert.equal(closeWords(`${words("a")} x`, `${words("a")} y`).length, 3);
});

test("the rest of a long line begins further in than its first word, up to a point", () => {
  const table = [
    ["", 2],
    ["a", 2],
    ["    a", 6],
    ["\t\ta b", 10],
    [" ".repeat(30) + "a", 14],
  ];
  for (const [text, indent] of table) assert.equal(indentOf([["", text]]), indent); // prettier-ignore
  assert.equal(indentOf([]), 2);
});

test("a piece that is very long is laid out in parts, which lose nothing and end behind words", () => {
  assert.deepEqual(runsOf("a b ".repeat(10_000)).length, 1);
  for (const text of ["שלום ".repeat(20_000), "👩‍👩‍👧".repeat(10_000), "a".repeat(50_000), `${"a\n".repeat(25_000)}b`]) {
    const runs = runsOf(text);
    assert.equal(runs.join(""), text);
    assert.ok(runs.length > 10 && runs.every((run) => run.isWellFormed() && run.length <= 8001));
    if (text.includes(" ")) assert.ok(runs.every((run) => run.endsWith(" ")));
  }
});

test("code of very many lines is not taken line by line", () => {
  assert.deepEqual([20_000, 20_001].map((count) => isVast(linesOf(plain("a\n".repeat(count))))), [false, true]);
});

test("codes of thousands of other lines are compared in reasonable time", () => {
  const lines = (name) => Array.from({ length: 4000 }, (_, index) => (index % 100 ? `${name} ${index}` : "same"));
  const [left, right] = differing([lines("a"), lines("b")]);
  assert.equal(left.size, 3960);
  assert.equal(right.size, 3960);
});

test("one question is under way at a time, and of those that wait the latest is asked", async () => {
  const asked = [];
  const answered = [];
  const ask = latestOnly(
    (question) => new Promise((resolve) => asked.push({ question, resolve })),
    (answer, question) => answered.push([question, answer]),
  );
  const settle = async () => {
    asked.at(-1).resolve(asked.at(-1).question.toUpperCase());
    await new Promise(setImmediate);
  };
  for (const question of ["a", "b", "c"]) ask(question);
  assert.deepEqual(asked.map(({ question }) => question), ["a"]); // prettier-ignore
  await settle();
  assert.deepEqual(asked.map(({ question }) => question), ["a", "c"]); // prettier-ignore
  ask("a");
  await settle();
  await settle();
  assert.deepEqual(answered, [["a", "A"], ["c", "C"], ["a", "A"]]); // prettier-ignore
  ask("d");
  await settle();
  assert.deepEqual(answered.at(-1), ["d", "D"]);
});

test("headers are one a line", () => {
  assert.deepEqual(headersOf(" X-A: b: c \n\nX-Empty:\n"), { headers: [["X-A", "b: c"], ["X-Empty", ""]] }); // prettier-ignore
  assert.match(headersOf("X-A: b\nno colon").problem, /^Line 2 /);
  assert.match(headersOf("bad name: b").problem, /^Line 1 /);
  assert.deepEqual(headersOf(headersText([["X-A", "b"], ["X-B", ""]])).headers, [["X-A", "b"], ["X-B", ""]]); // prettier-ignore
  assert.equal(headersText(undefined), "");
});
