// Steps back and forth: what an edit changed, kept as a value that can be applied either way to what stands there now.
//
// A change of an object names its fields, one of a list of things with ids names the things, one of a text is the
// part that was replaced. So a step can be taken back after others have been made, and leaves those alone.
import { isObject } from "./jsontext.js";
import { sameEnd, sameStart } from "./sametext.js";

/** What leads from `before` to `after`, or null if nothing does. */
export function difference(before, after) {
  if (Object.is(before, after)) return null;
  if (typeof before === "string" && typeof after === "string") return textChange(before, after);
  if (isListed(before) && isListed(after)) return listChange(before, after);
  if (isObject(before) && isObject(after)) return fieldsChange(before, after);
  return { kind: "value", before, after };
}

/**
 * `value` with the change made, or taken back. Things for which `held(thing)` holds (an answer that is being
 * written) stay as they are.
 */
export function applied(change, value, back = false, held = () => false) {
  if (!change || held(value)) return value;
  return APPLY[change.kind](change, value, back, held);
}

const SUBJECTS = [
  ["draft", "the next message"],
  ["draftImages", "images"],
  ["variables", "variables"],
  ["sync", "what is in all panes"],
  ["presets", "a preset"],
  ["endpoints", "an endpoint"],
  ["stream", "streaming"],
  ["mocks", "a mock"],
];

/** What a step of the workspace was about, in a few words. */
export function subjectOf(change) {
  const { panes, ...others } = change.fields;
  if (!panes) return SUBJECTS.find(([field]) => others[field])[1];
  if (panes.moved) return panes.gone.length || panes.fresh.length ? "a pane" : "the order of panes";
  const [pane] = Object.values(panes.changes);
  if (pane.fields.model || pane.fields.endpoint) return "the model";
  if (pane.fields.params || pane.fields.extra || pane.fields.thoughts) return "parameters";
  return aboutRows(pane.fields.rows);
}

function aboutRows({ moved, gone, fresh, changes }) {
  if (fresh.length || gone.length) return [...fresh, ...gone].some((row) => row.generated) ? "an answer" : "a message";
  if (moved) return "the order of messages";
  const { fields } = Object.values(changes)[0];
  if (fields.status || fields.stats || fields.at) return "an answer";
  return fields.message?.fields?.role ? "a role" : "text";
}


const isListed = (value) =>
  Array.isArray(value) &&
  value.every((item) => typeof item?.id === "string") &&
  new Set(value.map((item) => item.id)).size === value.length;

function textChange(before, after) {
  const start = sameStart(before, after);
  const end = sameEnd(before, after, start);
  return { kind: "text", start, before: before.slice(start, before.length - end), after: after.slice(start, after.length - end) };
}

function fieldsChange(before, after) {
  const fields = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const change = difference(before[key], after[key]);
    if (change) fields[key] = change;
  }
  return Object.keys(fields).length ? { kind: "fields", fields } : null;
}

function listChange(before, after) {
  const [old, now] = [byId(before), byId(after)];
  const changes = {};
  for (const [id, item] of now) {
    const change = old.has(id) && difference(old.get(id), item);
    if (change) changes[id] = change;
  }
  const order = { before: [...old.keys()], after: [...now.keys()] };
  const moved = order.before.join() !== order.after.join();
  if (!moved && !Object.keys(changes).length) return null;
  const gone = before.filter((item) => !now.has(item.id));
  const fresh = after.filter((item) => !old.has(item.id));
  return { kind: "list", order, moved, changes, gone, fresh };
}

const byId = (list) => new Map(list.map((item) => [item.id, item]));

const APPLY = {
  value: (change, _, back) => (back ? change.before : change.after),

  text(change, value, back) {
    const [there, put] = back ? [change.after, change.before] : [change.before, change.after];
    if (typeof value !== "string" || value.slice(change.start, change.start + there.length) !== there) return value;
    return value.slice(0, change.start) + put + value.slice(change.start + there.length);
  },

  fields(change, value, back, held) {
    if (!isObject(value)) return value;
    const next = { ...value };
    for (const [key, inner] of Object.entries(change.fields)) {
      next[key] = applied(inner, value[key], back, held);
      if (next[key] === undefined) delete next[key];
    }
    return next;
  },

  list(change, value, back, held) {
    if (!Array.isArray(value)) return value;
    const now = value.map((item) => applied(change.changes[item.id] ?? null, item, back, held));
    if (!change.moved) return now;
    const [leaving, coming] = back ? [change.fresh, change.gone] : [change.gone, change.fresh];
    const leave = new Set(leaving.map((item) => item.id));
    const here = byId(now.filter((item) => !leave.has(item.id) || held(item)));
    for (const item of coming) if (!here.has(item.id)) here.set(item.id, item);
    return inOrder(here, back ? change.order.before : change.order.after, now);
  },
};

/**
 * The things in this order. Those that the order does not know (they came since) stay behind what they stood behind;
 * where the ones that stay are in this order already, the coming ones are put among them, and nothing else moves.
 */
function inOrder(things, order, now) {
  const here = now.map(({ id }) => id).filter((id) => things.has(id));
  const known = new Set(order);
  const wanted = order.filter((id) => here.includes(id));
  const next = wanted.join() === here.filter((id) => known.has(id)).join() ? putAmong(here, order, things) : putAmong(wanted, here, things);
  const rest = next.length === things.size ? next : putAmong(next, order, things);
  return rest.map((id) => things.get(id));
}

/** `ids`, and each other one of `order` that is there, behind the one that it follows in `order`. */
function putAmong(ids, order, things) {
  const next = [...ids];
  let before = null;
  for (const id of order) {
    if (!things.has(id)) continue;
    if (!next.includes(id)) next.splice(before === null ? 0 : next.indexOf(before) + 1, 0, id);
    before = id;
  }
  return next;
}
