// A setting in a few words, for the chips that say how panes differ.
import { nameOf, toolOf, toolTexts } from "./tools.js";

const MOST = 14; // characters of a value; a list of names may have twice as many

export const shorten = (text, most = MOST) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** The JSON text of a parameter in a few words: "default" where it is not set. */
export function settingText(name, text) {
  if (text === undefined) return "default";
  return (OWN[name] && text.trim() && OWN[name](text)) || shorten(text);
}

const OWN = { tools: toolsText, tool_choice: choiceText, response_format: formatText };

function toolsText(text) {
  const names = (toolTexts(text) ?? []).map((one) => nameOf(toolOf(one)));
  const listed = names.join(", ");
  return names.length > 1 && listed.length > 2 * MOST ? String(names.length) : shorten(listed, 2 * MOST);
}

function choiceText(text) {
  const value = parsed(text);
  if (typeof value === "string") return value;
  return value?.function?.name ? `only ${shorten(String(value.function.name))}` : null;
}

const KINDS = { json_object: "JSON", json_schema: "schema", json: "schema" };

function formatText(text) {
  const value = parsed(text);
  if (typeof value?.type !== "string") return null;
  const { name } = value.json_schema ?? {};
  return [KINDS[value.type] ?? value.type, name && shorten(String(name))].filter(Boolean).join(" ");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
