// One field of a JSON object's text set or taken out, the rest left as it is written.
import { memberOf, memberSet, partRemoved, readJson, spliced } from "./jsonplaces.js";

/** The JSON text of a field's value, or null. */
export function fieldText(text, key) {
  const field = memberOf(readJson(text).node, key)?.value;
  return field ? text.slice(field.start, field.end) : null;
}

/** The object's text with a field set to this JSON text, or without it (null). A text that is no object stays as it is. */
export function withFieldText(text, key, value) {
  const { node } = readJson(text);
  if (node?.kind !== "object") return text;
  if (value !== null) return spliced(text, [memberSet(text, node, key, value)]);
  const place = node.members.findLastIndex((member) => member.key === key);
  return place < 0 ? text : withFieldText(spliced(text, [partRemoved(node, place)]), key, null);
}

/** The same for the text of a pane's extra fields, which is empty where there are none. */
export function withExtraField(extra, key, value) {
  const next = withFieldText(extra.trim() ? extra : "{}", key, value);
  return readJson(next).node?.members?.length === 0 ? "" : next;
}
