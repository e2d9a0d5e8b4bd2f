// Checks answers and arguments away from the page: a pattern of the user's may take for ever, and the page can end this.
import { checkArguments } from "../document/argumentcheck.js";
import { checkReply } from "../document/replycheck.js";

const CHECKS = {
  reply: ({ format, text }) => checkReply(format, text),
  arguments: ({ text, tool }) => checkArguments(text, tool),
};

self.onmessage = ({ data }) => {
  self.postMessage({ state: "working" });
  self.postMessage({ state: "done", result: CHECKS[data.kind](data) });
};
