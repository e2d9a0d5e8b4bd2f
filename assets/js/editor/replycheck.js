// Under an answer that was asked for in a format: whether it has that format, and its JSON as a tree.
import { html, Icon, useState } from "../dom.js";
import { textOf } from "../document/message.js";
import { NO_VERDICT, readReply } from "../document/replycheck.js";
import { useCheck } from "./checks.js";
import { pathText } from "../document/schemacheck.js";

const read = new WeakMap(); // message -> { format, reply }; messages are never changed

/** What is said of a row's answer: { verdict, said, errors, node, cut }; null where nothing was asked, or for calls alone. */
export function useReply({ id, at, message, format, status }) {
  const text = textOf(message);
  const reply = format && status !== "running" && (text || !message.tool_calls) ? replyOf(message, format, text) : null;
  const asked = reply && { kind: "reply", format, text };
  const check = useCheck(asked, { ...NO_VERDICT, owner: message, place: `${id} ${at}` });
  return reply && { ...(check ?? NO_VERDICT.waiting), ...reply };
}

function replyOf(message, format, text) {
  const known = read.get(message);
  if (known?.format === format) return known.reply;
  const reply = readReply(format, text);
  read.set(message, { format, reply });
  return reply;
}

const MOST = 20;
const ICONS = { valid: "check", invalid: "warn", unchecked: "help", waiting: "more" };

/** `check` is what useReply says of the row. */
export function ReplyCheck({ row, check }) {
  if (!check) return null;
  const { verdict, said, errors } = seen(row, check);
  return html`<div class="reply-check" data-verdict=${verdict} role="group" aria-label="Response format">
    <b><${Icon} name=${ICONS[verdict]} />${said}</b>
    ${verdict === "invalid" && isCut(row) && html`<span>The answer was cut off.</span>`}
    ${errors.length > 0 &&
    html`<ul>
      ${errors.slice(0, MOST).map(({ path, message }, place) => html`<li key=${place}><code>${pathText(path)}</code> ${message}</li>`)}
      ${errors.length > MOST && html`<li>${errors.length - MOST} more</li>`}
    </ul>`}
  </div>`;
}

const CUT = { stopped: "Stopped", failed: "Broken off" };

/** An answer that ended before its JSON did is not wrong, only not whole. */
function seen(row, check) {
  if (check.verdict !== "invalid" || !isCut(row) || !check.cut) return check;
  return { ...check, verdict: "unchecked", said: `${CUT[row.status] ?? "Cut at max tokens"} before the JSON was whole` };
}

const isCut = ({ status, stats }) => status === "stopped" || status === "failed" || stats?.finish_reason === "length";

// --- the tree ----------------------------------------------------------------------------------------

const OPEN = 60; // a branch with more parts than this is folded at first

/** The answer's JSON, to unfold; `check` says which paths are wrong. */
export function JsonTree({ check }) {
  const wrong = new Map();
  for (const { path, message } of check.errors) {
    const place = JSON.stringify(path);
    wrong.set(place, wrong.has(place) ? `${wrong.get(place)}; ${message}` : message);
  }
  return html`<div class="json-tree"><${Node} node=${check.node} name=${null} path=${[]} wrong=${wrong} /></div>`;
}

function Node({ node, name, path, wrong }) {
  const message = wrong.get(JSON.stringify(path));
  const parts = node.members ?? node.items;
  const [open, setOpen] = useState(Boolean(parts) && parts.length <= OPEN && path.length < 6);
  const key = name !== null && html`<span class="json-key">${name}: </span>`;
  const note = message && html`<small class="json-note">${message}</small>`;
  if (!parts?.length) return html`<div class="leaf" data-wrong=${Boolean(message)}>${key}<span class=${`json-${node.kind}`}>${leafText(node)}</span>${note}</div>`;
  const shape = node.members ? `{ ${parts.length} }` : `[ ${parts.length} ]`;
  const children = node.members ? parts.map(({ key: own, value }) => [own, value]) : parts.map((item, place) => [String(place), item]);
  return html`<details open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary data-wrong=${Boolean(message)}>${key}<small>${shape}</small>${note}</summary>
    ${open && html`<ul>${children.map(([own, value], place) => html`<li key=${`${place} ${value.kind}`}><${Node} node=${value} name=${own} path=${[...path, own]} wrong=${wrong} /></li>`)}</ul>`}
  </details>`;
}

const leafText = (node) => (node.members ? "{ }" : node.items ? "[ ]" : (node.source ?? JSON.stringify(node.value)));
