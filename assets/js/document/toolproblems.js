// What is wrong with the tools of a request, told with its place in their text.
import { memberOf, placeText, readJson } from "./jsonplaces.js";
import { schemaProblems } from "./schemacheck.js";
import { isName } from "./tools.js";

const SHAPE = 'a tool is {"type": "function", "function": {"name": …}}';

/** Sentences with their places; none where all is right, or where the text is not JSON yet, which is told elsewhere. */
export function toolsProblems(text) {
  const { node } = readJson(text);
  if (!node) return [];
  if (node.kind !== "array") return [said(text, node, `tools are a list: [${"{…}"}, …]`)];
  const names = node.items.map((item) => nameNode(item)?.value);
  return node.items.flatMap((item, at) => wrongWith(text, item, at) ?? [
    ...wrongName(text, item, names.indexOf(nameNode(item).value) < at),
    ...schemaProblems(text, [at, "function", "parameters"]),
  ]);
}

const nameNode = (item) => memberOf(memberOf(item, "function")?.value, "name")?.value ?? null;

/** What keeps an item from being a tool at all, as a list; null if it is one. */
function wrongWith(text, item) {
  if (item.kind !== "object") return [said(text, item, SHAPE)];
  const type = memberOf(item, "type");
  if (type?.value.value !== "function") return [said(text, type?.value ?? item, type ? `only the type "function" is known here: ${SHAPE}` : `its type is missing: ${SHAPE}`)];
  const held = memberOf(item, "function");
  if (held?.value.kind !== "object") return [said(text, held?.value ?? item, held ? SHAPE : `its function is missing: ${SHAPE}`)];
  const name = nameNode(item);
  return name ? null : [said(text, held.value, "its function has no name")];
}

function wrongName(text, item, twice) {
  const node = nameNode(item);
  if (node.kind !== "string" || !isName(node.value)) return [said(text, node, "a name has 1 to 64 letters, digits, _ or -")];
  return twice ? [said(text, node, `there is another tool named ${node.value}`)] : [];
}

const said = (text, { start }, problem) => `${placeText(text, start)}: ${problem}.`;
