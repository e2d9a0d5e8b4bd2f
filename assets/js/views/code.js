// The code view of a pane: its request as code or data, made by the server from the same document that Run sends.
import { CopyButton } from "../controls.js";
import { html, Icon, IconButton, memo, saveFile, useRef, useState } from "../dom.js";
import { clientOf, codeAsk, problemOf } from "../document/codeasks.js";
import { differing, linesOf, textOfLine } from "../document/codelines.js";
import { askFiles, modelInfo } from "../session/server.js";
import { patch } from "../session/store.js";

export const textOfCode = ({ pieces }) => pieces.map(([, text]) => text).join("");

export function Code({ state, pane, index }) {
  const { workspace, boot, codes } = state;
  const problem = problemOf(workspace, boot, index, modelInfo(pane)?.refuses);
  const code = codes.of[pane.id];
  const client = clientOf(workspace, boot);
  const marks = marksOf(workspace.panes.map(({ id }) => codes.of[id]), index);
  const files = () => askFiles(codeAsk(workspace, boot, index));
  return html`<div class="code listing">
    ${problem && html`<${Warning} head="Run does not send this:" text=${`${problem.message} ${problem.advice}`} />`}
    ${code?.error && html`<${Failure} error=${code.error} />`}
    ${code?.pieces && html`<${Shown} code=${code} client=${client} marks=${marks} files=${files} />`}
  </div>`;
}

const Warning = ({ head, text }) => html`<p class="warning" role="note"><${Icon} name="warn" /><span><b>${head}</b> ${text}</span></p>`;

const Failure = ({ error }) =>
  html`<div class="failure" role="alert">
    <p><b>${error.message}</b></p>
    <p>${error.advice}</p>
  </div>`;

const Shown = ({ code, client, marks, files }) =>
  html`${code.warnings.map((warning) => html`<${Warning} key=${warning} head="Not exact:" text=${warning} />`)}
    <${Take} code=${code} client=${client} files=${files} />
    ${marks && html`<${Marked} ...${marks} />`}
    <${Lines} code=${code} marks=${marks?.lines} wraps=${client.file.endsWith(".md")} />`;

// --- the lines -------------------------------------------------------------------------------------

const lines = new WeakMap(); // code -> its lines
const compared = new WeakMap(); // code -> { codes, marks } of the latest comparison in which it came first

function linesIn(code) {
  if (!lines.has(code)) lines.set(code, linesOf(code.pieces));
  return lines.get(code);
}

/**
 * In which lines a pane's code differs from the others': { lines: their places, differs: whether any pane's lines do };
 * null where there is none to compare.
 */
function marksOf(codes, index) {
  const known = codes.filter((code) => code?.pieces);
  if (known.length < 2 || !known.includes(codes[index])) return null;
  const before = compared.get(known[0]);
  const same = before?.codes.length === known.length && known.every((code, place) => code === before.codes[place]);
  const marks = same ? before.marks : differing(known.map((code) => linesIn(code).map(textOfLine)));
  compared.set(known[0], { codes: known, marks });
  return { lines: marks[known.indexOf(codes[index])], differs: marks.some(({ size }) => size > 0) };
}

/** Each line is laid out by itself, so that an edit costs no more than the line that it changes. */
const Lines = memo(({ code, marks, wraps }) => {
  const line = ({ pieces, end }, place) => [html`<${marks?.has(place) ? "mark" : "span"} class="line">${spans(pieces)}<//>`, end];
  return html`<pre tabindex="0" class=${wraps ? "wraps" : null} aria-label="Code"><code>${linesIn(code).map(line)}</code></pre>`;
});

const spans = (pieces) => pieces.map(([kind, text]) => (kind ? html`<span class=${`tok-${kind}`}>${text}</span>` : text));

/** How many lines differ, and the way from one place to the next. */
function Marked({ lines: { size: count }, differs }) {
  const bar = useRef(null);
  const at = useRef(null);
  if (!differs) return html`<p class="code-note">The same in all panes.</p>`;
  const go = (step) => {
    const marks = [...bar.current.parentElement.querySelectorAll("mark")];
    const places = marks.filter((mark) => mark.previousElementSibling?.nodeName !== "MARK");
    at.current = ((at.current ?? (step > 0 ? -1 : 0)) + step + places.length) % places.length;
    places[at.current].scrollIntoView({ block: "center" });
  };
  if (!count) return html`<p class="code-note"><span><b aria-hidden="true">≠</b> Other panes have lines that this one lacks</span></p>`;
  return html`<p class="code-note" ref=${bar}>
    <span><b aria-hidden="true">≠</b> ${count} ${count === 1 ? "line differs" : "lines differ"} between panes</span>
    <${IconButton} icon="up" label="Previous difference" onClick=${() => go(-1)} />
    <${IconButton} icon="down" label="Next difference" onClick=${() => go(1)} />
  </p>`;
}

// --- what to do with it ----------------------------------------------------------------------------

/** Install, run, save, copy; and the files that stand beside the code. */
function Take({ code, client, files }) {
  const [open, setOpen] = useState(false);
  const text = () => textOfCode(code);
  const save = () => saveFile(client.file, new Blob([text()], { type: "text/plain" }));
  return html`<div class="take">
      ${code.install && html`<${Install} line=${code.install} />`}
      <span class="grow"></span>
      ${code.run && html`<button type="button" class="quiet" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>How to run</button>`}
      <button type="button" class="quiet" onClick=${save}>Download</button>
      <${CopyButton} class="quiet copy" text=${text} />
    </div>
    ${open && code.run && html`<${Terminal} code=${code} file=${client.file} />`}
    ${code.files.length > 0 && html`<${Files} names=${code.files} files=${files} />`}`;
}

const Install = ({ line }) =>
  html`<p class="install"><code>${line}</code><${CopySmall} text=${line} label="Copy the install line" /></p>`;

const CopySmall = ({ text, label }) =>
  html`<${CopyButton} class="quiet" text=${text} label=${html`<${Icon} name="copy" />`} title=${label} aria-label=${label} />`;

const WINDOWS = navigator.platform.startsWith("Win");
const setting = (name) => (WINDOWS ? `$env:${name} = "your key"` : `export ${name}="your key"`);

/** What to type in a new terminal, in the folder where the downloads are. */
function Terminal({ code, file }) {
  const typed = [code.install, code.key_name && setting(code.key_name), code.run].filter(Boolean).join("\n");
  const saved = [file, ...code.files].join(", ");
  return html`<div class="terminal">
    <p class="help">
      Download ${saved}, open a terminal in that folder, and type${code.key_name && html`, with your key for <b>${code.key_name}</b>`}:
    </p>
    <div><pre tabindex="0" aria-label="In a new terminal">${typed}</pre><${CopySmall} text=${typed} label="Copy these lines" /></div>
  </div>`;
}

/** The files that stand beside the code, each to download; `files()` fetches them: [[name, data URL], ...]. */
function Files({ names, files }) {
  const save = async (wanted) => {
    const found = (await files().catch(() => null)) ?? [];
    if (!found.length) patch({ notice: "The files could not be had: the app does not answer." });
    for (const [name, url] of found) if (wanted.includes(name)) saveFile(name, await (await fetch(url)).blob());
  };
  const one = (name) =>
    html`<button type="button" key=${name} class="chip" title=${`Download ${name}`} onClick=${() => save([name])}>${name}</button>`;
  return html`<p class="code-files">
    <span>Files beside it:</span>
    ${names.map(one)}
    ${names.length > 1 && html`<button type="button" class="quiet" onClick=${() => save(names)}>Download all</button>`}
  </p>`;
}
