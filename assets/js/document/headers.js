// Extra headers of an endpoint, as they are typed: one "Name: value" a line.

/** { headers: [[name, value], ...] }, or { problem } that names the line. */
export function headersOf(text) {
  const headers = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.trim()) continue;
    const [, name, value] = /^\s*([^:\s]+)\s*:(.*)$/.exec(line) ?? [];
    if (!name) return { problem: `Line ${index + 1} of the headers is not “Name: value”.` };
    headers.push([name, value.trim()]);
  }
  return { headers };
}

export const headersText = (headers = []) => headers.map(([name, value]) => `${name}: ${value}`).join("\n");
