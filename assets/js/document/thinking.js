// The switches about thinking: whether a model thinks, and whether what it thought is sent back with later messages.
import { fieldText, withExtraField, withFieldText } from "./jsonedit.js";
import { objectProblem } from "./jsontext.js";

const VARIABLES = "chat_template_kwargs"; // what vLLM, SGLang, llama.cpp and this app hand to the chat template
const THINKING = "enable_thinking";
const SAID = { on: "true", off: "false" };

/** What a pane's extra fields say of thinking: "default" (nothing), "on", "off", "other"; null where they are no JSON object. */
export function thinkingOf(extra) {
  if (!extra.trim()) return "default";
  if (objectProblem(extra)) return null;
  const text = thinkingText(extra);
  if (text === null) return "default";
  return Object.keys(SAID).find((name) => SAID[name] === text) ?? "other";
}

function thinkingText(extra) {
  const variables = fieldText(extra, VARIABLES);
  if (variables === null) return null;
  return objectProblem(variables) ? variables : fieldText(variables, THINKING);
}

/** The extra fields with thinking "on", "off" or left to the model ("default"); the others stay as they are written. */
export function withThinking(extra, wanted) {
  const given = fieldText(extra, VARIABLES);
  const before = given === null || objectProblem(given) ? "{}" : given;
  const variables = withFieldText(before, THINKING, SAID[wanted] ?? null);
  return withExtraField(extra, VARIABLES, isEmpty(variables) ? null : variables);
}

const isEmpty = (text) => Object.keys(JSON.parse(text)).length === 0;

/** Why the switch would do nothing with this model (session/server.js modelInfo), or null; what is unknown is let through. */
export function whyNoThinking(info) {
  const fields = info?.thinking_fields;
  if (!fields || fields.includes(THINKING)) return null;
  return info.thinks ? "this model always thinks: its chat template has no such switch" : "this model does not think";
}

/** Why reasoning of earlier answers would not reach this model, or null. */
export function whyNoThoughts(info) {
  const fields = info?.thinking_fields;
  return !fields || fields.includes("reasoning_content") ? null : "this model has no place for it";
}
