// Schemas to start from, and one made of an answer.
import { readJson } from "./jsonplaces.js";

const closed = (properties) => ({ type: "object", properties, required: Object.keys(properties), additionalProperties: false });
const text = (description) => ({ type: "string", description });

/** [name, schema] */
export const SAMPLES = [
  [
    "Classification",
    closed({
      label: { type: "string", enum: ["positive", "neutral", "negative"] },
      confidence: { type: "number", minimum: 0, maximum: 1 },
      reason: text("Why, in one sentence"),
    }),
  ],
  [
    "Facts from a text",
    closed({
      people: { type: "array", items: closed({ name: text("Full name"), role: text("What they do") }) },
      dates: { type: "array", items: text("Year-month-day") },
      summary: text("Two sentences"),
    }),
  ],
  [
    "Steps and an answer",
    closed({ steps: { type: "array", items: closed({ explanation: { type: "string" }, result: { type: "string" } }) }, answer: { type: "string" } }),
  ],
  [
    "Task list",
    closed({
      tasks: {
        type: "array",
        maxItems: 10,
        items: closed({ title: { type: "string" }, priority: { type: "string", enum: ["low", "medium", "high"] }, done: { type: "boolean" } }),
      },
    }),
  ],
];

/** The JSON object or list that an answer is, bare or in a code block; undefined where it is none. */
export function valueIn(answer) {
  const text = /^\s*```\w*\n([\s\S]*?)\n```\s*$/.exec(answer)?.[1] ?? answer;
  return ["object", "array"].includes(readJson(text).node?.kind) ? JSON.parse(text) : undefined;
}

/** The narrowest plain schema that this JSON value is valid under: what is there is required, and nothing else may come. */
export function inferred(value) {
  if (value === null) return { type: "null" };
  if (Array.isArray(value)) return value.length ? { type: "array", items: value.map(inferred).reduce(merged) } : { type: "array" };
  if (typeof value === "object") return { ...closed(Object.fromEntries(Object.entries(value).map(([name, held]) => [name, inferred(held)]))) };
  if (typeof value === "number") return { type: Number.isInteger(value) ? "integer" : "number" };
  return { type: typeof value };
}

/** A schema for what either of two such schemas allows. */
function merged(one, other) {
  if (JSON.stringify(one) === JSON.stringify(other)) return one;
  const options = (schema) => schema.anyOf ?? [schema];
  return options(other).reduce((kept, option) => {
    const place = kept.findIndex((there) => family(there) === family(option));
    return place < 0 ? [...kept, option] : kept.with(place, together(kept[place], option));
  }, options(one)).reduce((all, option, _, list) => (list.length > 1 ? { anyOf: list } : option), null);
}

const family = ({ type }) => (type === "integer" ? "number" : type);

function together(one, other) {
  if (one.type === "array") return one.items && other.items ? { type: "array", items: merged(one.items, other.items) } : { type: "array", ...(one.items || other.items ? { items: one.items ?? other.items } : {}) };
  if (one.type !== "object") return one.type === other.type ? one : { type: "number" };
  const names = [...new Set([...Object.keys(one.properties), ...Object.keys(other.properties)])];
  const both = (name) => (one.properties[name] && other.properties[name] ? merged(one.properties[name], other.properties[name]) : (one.properties[name] ?? other.properties[name]));
  const required = one.required.filter((name) => other.required.includes(name));
  return { ...closed(Object.fromEntries(names.map((name) => [name, both(name)]))), required };
}
