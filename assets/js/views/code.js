// The code view of a pane: its request as code or data, made by the server from the same document that Run sends.
import { CopyButton } from "../controls.js";
import { html, Icon, IconButton, memo, saveFile, useEffect, useRef, useState } from "../dom.js";
import { clientOf, codeAsk, problemOf, wrapsIn } from "../document/codeasks.js";
import { whyNoThoughts } from "../document/thinking.js";
import { closeWords, cutAt, differing, indentOf, isVast, linesOf, runsOf, textOfLine } from "../document/codelines.js";
import { askFiles, modelInfo } from "../session/server.js";
import { patch } from "../session/store.js";

export const textOfCode = ({ pieces }) => pieces.map(([, text]) => text).join("");

const NARROW = matchMedia("(max-width: 760px)"); // as app.css has it

/** Whether the page is narrow, as it is or becomes so. */
export function useNarrow() {
  const [narrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const look = () => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", look);
    return () => NARROW.removeEventListener("change", look);
  }, []);
  return narrow;
}

export function Code({ state, pane, index }) {
  const { workspace, boot, codes } = state;
  const problem = problemOf(workspace, boot, index, modelInfo(pane)?.refuses, whyNoThoughts(modelInfo(pane)));
  const code = codes.of[pane.id];
  const client = clientOf(workspace, boot);
  const wraps = wrapsIn(workspace, client, useNarrow());
  const marks = marksOf(boot, workspace.panes.map(({ id }) => codes.of[id]), index);
  const files = () => askFiles(codeAsk(workspace, boot, index));
  return html`<div class="code listing">
    ${problem && html`<${Warning} head="Run does not send this:" text=${`${problem.message} ${problem.advice}`} />`}
    ${code?.error && html`<${Failure} error=${code.error} />`}
    ${code?.pieces && html`<${Shown} code=${code} client=${client} marks=${marks} wraps=${wraps} files=${files} />`}
  </div>`;
}

const Warning = ({ head, text }) => html`<p class="warning" role="note"><${Icon} name="warn" /><span><b>${head}</b> ${text}</span></p>`;

const Failure = ({ error }) =>
  html`<div class="failure" role="alert">
    <p><b>${error.message}</b></p>
    <p>${error.advice}</p>
  </div>`;

const Shown = ({ code, client, marks, wraps, files }) =>
  html`${code.warnings.map((warning) => html`<${Warning} key=${warning} head="Not exact:" text=${warning} />`)}
    <${Take} code=${code} client=${client} files=${files} />
    ${marks && html`<${Marked} ...${marks} />`}
    <${Lines} code=${code} marks=${marks?.lines} wraps=${wraps} />`;

// --- the lines -------------------------------------------------------------------------------------

const lines = new WeakMap(); // code -> its lines
const compared = new WeakMap(); // boot -> the latest comparison: { codes, marks, words }

function linesIn(code) {
  if (!lines.has(code)) lines.set(code, linesOf(code.pieces));
  return lines.get(code);
}

/**
 * In which lines a pane's code differs from the others': { lines: their places and words, differs: whether any pane's
 * lines do, or null if they are too many }; null where there is none to compare.
 */
function marksOf(boot, codes, index) {
  const known = codes.filter((code) => code?.pieces);
  if (known.length < 2 || !known.includes(codes[index])) return null;
  if (known.some((code) => isVast(linesIn(code)))) return { lines: new Map(), differs: null };
  const before = compared.get(boot);
  const same = before?.codes.length === known.length && known.every((code, place) => code === before.codes[place]);
  const { marks } = same ? before : compareAll(boot, known, before?.words);
  return { lines: marks[known.indexOf(codes[index])], differs: marks.some(({ size }) => size > 0) };
}

/** Compare anew; an edit changes few places, and what the others' words were is known. */
function compareAll(boot, codes, known = new Map()) {
  const words = new Map();
  const look = (left, right) => {
    const key = JSON.stringify([left, right]);
    words.set(key, known.has(key) ? known.get(key) : closeWords(left, right));
    return words.get(key);
  };
  const marks = differing(codes.map((code) => linesIn(code).map(textOfLine)), look);
  compared.set(boot, { codes, marks, words });
  return compared.get(boot);
}

/** Each line is laid out by itself, so that an edit costs no more than the line that it changes. */
const Lines = memo(({ code, marks, wraps }) => {
  const line = ({ pieces, end }, place) => {
    const words = marks?.get(place);
    const style = wraps ? `--indent: ${indentOf(pieces)}ch` : null;
    const shown = spans(words ? cutAt(pieces, words) : pieces);
    const tag = marks?.has(place) ? "mark" : "span";
    return [html`<${tag} class=${words ? "line partly" : "line"} style=${style}>${shown}<//>`, end];
  };
  const written = isVast(linesIn(code)) ? textOfCode(code) : linesIn(code).map(line);
  return html`<pre tabindex="0" class=${wraps ? "wraps" : null} aria-label="Code"><code>${written}</code></pre>`;
});

const spans = (pieces) =>
  pieces.map(([kind, text, apart]) => {
    const looks = [kind && `tok-${kind}`, apart && "apart"].filter(Boolean).join(" ");
    const runs = runsOf(text);
    const shown = runs.length > 1 ? runs.map((run) => html`<span class="endless">${run}</span>`) : text;
    return looks ? html`<span class=${looks}>${shown}</span>` : shown;
  });

/** How many lines differ, and the way from one place to the next. */
function Marked({ lines: { size: count }, differs }) {
  const bar = useRef(null);
  const at = useRef(null);
  if (differs === null) return html`<p class="code-note">Too long to mark what differs between panes.</p>`;
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
