// Makes HTML of Markdown away from the page: whatever a text does to the parser, the page goes on, and can end this.
// Takes a text; says "working" when time counts, "loading" when it does not, then "done" with the HTML, or null.
import { parse, toHtml } from "./markup.js";

async function loadKatex() {
  self.postMessage({ state: "loading" });
  const { katex } = await import("../vendor/katex.mjs");
  self.postMessage({ state: "working" });
  return katex;
}

async function make(text) {
  try {
    self.postMessage({ state: "working" });
    const parsed = parse(text);
    return toHtml(parsed, parsed?.formulas ? await loadKatex() : null);
  } catch (error) {
    console.warn("The answer is shown as plain text:", error);
    return null;
  }
}

self.onmessage = async ({ data }) => self.postMessage({ state: "done", result: await make(data) });
