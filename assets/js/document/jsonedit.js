// One field of a JSON object's text set or taken out, the rest left as it is written: JavaScript would round large integers.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The fields of an object's JSON text as places in it: [{ key, start, value, end }]. The text must be a valid object. */
function fieldsOf(text) {
  const fields = [];
  let depth = 0;
  let field = null;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const end = index + token.length;
    if (token === "}" || token === "]") depth -= 1;
    if (depth === 1 && field === null && token !== ",") field = { key: JSON.parse(token), start: index, value: null, end };
    else if (depth === 1 && token === ",") field = null;
    else if (field && depth > 0 && !(token === ":" && depth === 1)) {
      if (field.value === null) fields.push(Object.assign(field, { value: index }));
      field.end = end;
    }
    if (token === "{" || token === "[") depth += 1;
  }
  return fields;
}

/** The JSON text of a field's value, or null. */
export function fieldText(text, key) {
  const field = fieldsOf(text).findLast((other) => other.key === key);
  return field ? text.slice(field.value, field.end) : null;
}

/** The object's text with a field set to this JSON text, or without it (null). */
export function withFieldText(text, key, value) {
  const fields = fieldsOf(text);
  const place = fields.findLastIndex((field) => field.key === key);
  if (place >= 0 && value !== null) return text.slice(0, fields[place].value) + value + text.slice(fields[place].end);
  if (place >= 0) {
    const [from, to] = place > 0 ? [fields[place - 1].end, fields[place].end] : [fields[place].start, fields[place + 1]?.start ?? fields[place].end];
    return withFieldText(text.slice(0, from) + text.slice(to), key, null);
  }
  if (value === null) return text;
  const field = `${JSON.stringify(key)}: ${value}`;
  if (!fields.length) return `{${field}}`;
  const last = fields.at(-1).end;
  const gap = /\n[ \t]*$/.exec(text.slice(0, fields[0].start))?.[0] ?? " ";
  return `${text.slice(0, last)},${gap}${field}${text.slice(last)}`;
}
