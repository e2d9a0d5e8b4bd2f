// Markdown into HTML, and the worker that does it. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import { LONGEST, parse, toHtml } from "../../assets/js/markdown/markup.js";
import { katex } from "../../assets/js/vendor/katex.mjs";

const set = (text) => {
  const parsed = parse(text);
  return toHtml(parsed, parsed?.formulas ? katex : null);
};
const MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML"';
const LEAVE = 'target="_blank" rel="noopener noreferrer nofollow"';
const inline = (inner) => `${MATH}>${inner}</math>`;
const display = (inner) => `<span class="formula">${MATH} display="block">${inner}</math></span>`;
const source = (tex) => `<code class="formula-source">${tex}</code>`;
const x = "<mrow><mi>x</mi></mrow>";
const paragraph = (inner) => `<p>${inner}</p>\n`;
const cases = (table) => table.forEach(([text, expected]) => assert.equal(set(text), expected, JSON.stringify(text)));

test("what is no formula stays as it was typed", () => {
  for (const text of ["$5 and $10", "$HOME:$PATH", "US$5 or A$6", "a $ b $ c", "$ x$", "$x $", "$x$5", "$$$ a lot", "$", "$$", "\\("]) {
    assert.equal(parse(text).formulas, false, text);
  }
  cases([
    ["it costs $5, or $10", paragraph("it costs $5, or $10")],
    ["$a\nb$", paragraph("$a<br>\nb$")],
    ["`$x$`", paragraph("<code>$x$</code>")],
    ["\\$x\\$", paragraph("$x$")],
    [`$$${"x".repeat(5000)}$$`, paragraph(`$$${"x".repeat(5000)}$$`)],
    ["$$$ is a lot\n\n# and\n\nmore", `${paragraph("$$$ is a lot")}<h3>and</h3>\n${paragraph("more")}`],
  ]);
});

test("formulas become MathML, in a line and set apart, with either kind of delimiters", () => {
  cases([
    ["a $x$ b", paragraph(`a ${inline(x)} b`)],
    ["a \\(x\\) b", paragraph(`a ${inline(x)} b`)],
    ["式$x$是", paragraph(`式${inline(x)}是`)],
    ["so $$x$$ holds", paragraph(`so ${display(x)} holds`)],
    ["so \\[x\\] holds", paragraph(`so ${display(x)} holds`)],
    ["$$x$$", display(x)],
    ["a\n\\[\nx\n\\]\nb", paragraph("a") + display(x) + paragraph("b")],
    ["1. a\n   \\[ x \\]\n2. b", `<ol>\n<li>a${display(x)}</li>\n<li>b</li>\n</ol>\n`],
    ["> $$\n> x\n> $$\n> b", `<blockquote>\n${display(x)}<p>b</p>\n</blockquote>\n`],
  ]);
  assert.match(set("$$\na\n- b\n$$"), /<mo>−<\/mo>/, "its lines are not a list");
});

test("a formula that can't be set is shown as it was typed", () => {
  const refused = [
    "\\nosuch", "\\frac{", "{x", "\\href{javascript:alert(1)}{x}", "\\htmlData{a=b}{x}", "\\htmlId{a}{x}",
    "\\includegraphics{http://evil.test}", "\\url{http://evil.test}", "\\def\\a{\\a\\a}\\a", "\\newcommand{\\a}{xx}\\a",
    `${"\\frac1{".repeat(60)}${"}".repeat(60)}`,
  ]; // prettier-ignore
  cases(refused.map((tex) => [`a $${tex}$ b`, paragraph(`a ${source(`$${tex}$`)} b`)]));
});

test("without KaTeX the source stands there", () => {
  assert.equal(toHtml(parse("a $x$")), paragraph(`a ${source("$x$")}`));
});

test("an answer cut off in the middle looks like one", () => {
  const figure = (language, code) =>
    `<figure class="code-block"><figcaption><span>${language}</span></figcaption>\n<pre><code>${code}</code></pre></figure>\n`;
  cases([
    ["```python\nprint(1)\nif", figure("python", "print(1)\nif")],
    ["```", figure("", "")],
    ["so\n\\[\na_1 + *b", `${paragraph("so")}<span class="formula">${source("\\[\na_1 + *b")}</span>`],
    ["so $\\frac{1", paragraph("so $\\frac{1")],
    ["a **b", paragraph("a **b")],
    ["a [b](http://c", paragraph(`a [b](<a href="http://c" ${LEAVE}>http://c</a>`)],
    ["|a|b|\n|-|-|\n|1", '<div class="table-scroll"><table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td></td>\n</tr>\n</tbody>\n</table></div>\n'],
  ]); // prettier-ignore
});

test("headings stand below the page's own and leave no level out", () => {
  cases([
    ["# a\n### b\n## c\n# d", "<h3>a</h3>\n<h4>b</h4>\n<h4>c</h4>\n<h3>d</h3>\n"],
    ["### a\n# b", "<h3>a</h3>\n<h3>b</h3>\n"],
    ["# a\n## b\n### c\n#### d\n##### e", "<h3>a</h3>\n<h4>b</h4>\n<h5>c</h5>\n<h6>d</h6>\n<h6>e</h6>\n"],
    ["a\n=\nb\n-", "<h3>a</h3>\n<h4>b</h4>\n"],
  ]);
});

test("only web and mail links are links, and they leave the page", () => {
  cases([
    ["[a](HTTPS://b.test \"t\")", paragraph(`<a href="HTTPS://b.test" ${LEAVE}>a</a>`)],
    ["<mailto:a@b.test>", paragraph(`<a href="mailto:a@b.test" ${LEAVE}>mailto:a@b.test</a>`)],
    ["see http://b.test/?c&d", paragraph(`see <a href="http://b.test/?c&amp;d" ${LEAVE}>http://b.test/?c&amp;d</a>`)],
    ["run main.py at a@b.test", paragraph("run main.py at a@b.test")],
  ]); // prettier-ignore
  const links = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java&#115;cript:alert(1)", "&#x6A;avascript:alert(1)"];
  links.push("javascript&colon;alert(1)", "vbscript:x", "data:text/html,x", "file:///etc", "//b.test", "/b", "#b", "blob:x");
  links.push("<\u0001javascript:alert(1)>", "< javascript:alert(1)>", "java\tscript:x", "http:javascript:x");
  for (const link of links) assert.doesNotMatch(set(`[a](${link}) ![a](${link}) <${link}>\n\n[r]: ${link}\n[r]`), /<a |<img/, link);
});

test("images are links: nothing is loaded", () => {
  const link = (text) => `<a href="http://b.test/i.png" ${LEAVE}>${text}</a>`;
  cases([
    ["![a *cat*](http://b.test/i.png \"t\")", paragraph(link("Image: a cat"))],
    ["![](http://b.test/i.png)", paragraph(link("Image"))],
    ["[![a](http://c.test)](http://b.test/i.png)", paragraph(link("Image: a"))],
    ["![a](data:image/png;base64,AA)", paragraph("![a](data:image/png;base64,AA)")],
  ]); // prettier-ignore
});

test("raw HTML is text, but for the line break that models put into tables", () => {
  cases([
    ["<script>a</script>", paragraph("&lt;script&gt;a&lt;/script&gt;")],
    ["a<br>b<BR />c<br x>", paragraph("a<br>\nb<br>\nc&lt;br x&gt;")],
    ["```<img/onerror=x>\n</code>", '<figure class="code-block"><figcaption><span>&lt;img/onerror=x&gt;</span></figcaption>\n<pre><code>&lt;/code&gt;</code></pre></figure>\n'],
  ]); // prettier-ignore
});

test("tasks are drawn, and cells are aligned without a style", () => {
  assert.equal(set("- [ ] a\n- [x] b\n- [y] c"), "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n<li>[y] c</li>\n</ul>\n");
  const table = set("|a|b|\n|:-:|-|\n|1|2|");
  assert.ok(table.includes('<td align="center">1</td>\n<td>2</td>') && !table.includes("style"), table);
});

test("what would be too much to draw, or would lose text, is not typeset", () => {
  const much = {
    "too long": "a".repeat(LONGEST + 1),
    quotes: `${"> ".repeat(10_000)}x`,
    lists: `${"- ".repeat(10_000)}x`,
    "indented lists": Array.from({ length: 400 }, (_, level) => `${" ".repeat(2 * level)}- x`).join("\n"),
    emphasis: `${"*".repeat(25_000)}a${"*".repeat(25_000)}`,
    cells: `${"|a".repeat(50)}|\n${"|-".repeat(50)}|\n${`${"|b".repeat(50)}|\n`.repeat(1500)}`,
    formulas: "$x$ ".repeat(20_000),
  };
  for (const [name, text] of Object.entries(much)) assert.equal(set(text), null, name);
});

test("texts made to choke a parser come out whole", () => {
  const bombs = {
    brackets: "[".repeat(10_000),
    stars: "*".repeat(50_000),
    ticks: "`".repeat(50_001),
    links: "[a](".repeat(5000),
    openers: "\\(".repeat(5000),
    dollars: "$a ".repeat(10_000),
    "formula's braces": `$${"{".repeat(3900)}$`,
    "expanding formulas": `$\\def\\a{${"y".repeat(3000)}}${"\\a".repeat(400)}$ `.repeat(40),
  };
  const letters = (text) => text.replace(/<[^>]*>|[^a-z]/g, "").length;
  for (const [name, text] of Object.entries(bombs)) assert.equal(letters(set(text)), letters(text), name);
  const opened = set(`${"\\[\nz\n\n".repeat(1000)}`);
  assert.equal(opened.match(/z/g).length, 1000);
});
