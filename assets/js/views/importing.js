// Import: code, JSON or a file becomes the pane it describes.
import { Dialog } from "../controls.js";
import { html, Icon, useRef, useState } from "../dom.js";
import { endpointFor } from "../document/endpoints.js";
import { hasEndlessLine } from "../document/exact.js";
import { bracesIn, isResponse, streams } from "../document/imports.js";
import { textOf } from "../document/message.js";
import { expectEndless } from "../field.js";
import * as session from "../session/importing.js";
import { patch } from "../session/store.js";

const MANY = 20; // of so many found things a search helps
const SHOWN = 200;

const PLACEHOLDER = `A curl command, as documentation or a browser's developer tools have it
The JSON of a request, of a response, or of its messages
Lines of a JSONL file, for fine-tuning or a batch
Python or JavaScript from the code view`;

const SAFE = "Nothing that is pasted here is run. A file can be dropped anywhere on the page.";

export function Importing({ state }) {
  const { text, found, error, busy } = session.importing(state);
  const field = useRef(null);
  const focus = () => field.current.focus();
  return html`<${Dialog} label="Import" kind="import-sheet" onClose=${() => patch({ dialog: null })}>
    <div class="sheet-scroll">
      <${Source} state=${state} focus=${focus} />
      <textarea
        id="import-text"
        class="mono"
        ref=${field}
        autofocus
        rows=${found.length ? 5 : 9}
        spellcheck=${false}
        placeholder=${PLACEHOLDER}
        aria-describedby="import-found"
        aria-invalid=${error ? "true" : undefined}
        value=${text}
        data-endless=${hasEndlessLine(text) || undefined}
        onBeforeInput=${expectEndless}
        onInput=${(event) => session.setText(event.target.value)}
      ></textarea>
      <div id="import-found" aria-busy=${String(busy)}>
        ${error && html`<p class="problem">${error.message} ${error.advice}</p>`}
        ${found.length > 0 && html`<${Found} state=${state} />`}
        ${!text.trim() && !error && html`<p class="help">${SAFE}</p>`}
      </div>
    </div>
    <${Actions} state=${state} />
  <//>`;
}

/** Where the text comes from: pasted, or a file. */
function Source({ state, focus }) {
  const { text, before, note } = session.importing(state);
  const put = (next) => {
    session.setText(next, { instead: true });
    focus();
  };
  return html`<div class="bar import-source">
    <label for="import-text">Paste a request, a response, messages or code</label>
    <span class="grow"></span>
    ${note && html`<small>${note}</small>`}
    ${before && html`<button type="button" class="quiet" onClick=${() => put(before)}>Back to the text before</button>`}
    ${text && html`<button type="button" class="quiet" onClick=${() => put("")}>Clear</button>`}
    <${ChooseFile} />
  </div>`;
}

function ChooseFile() {
  const input = useRef(null);
  const take = (event) => event.target.files.length && session.openFile([...event.target.files]);
  return html`<input ref=${input} type="file" hidden accept=${session.ACCEPTED.join(",")} onChange=${take} />
    <button type="button" class="quiet" onClick=${() => input.current.click()}>Choose a file</button>`;
}

// --- what was found ----------------------------------------------------------------------------------

/** One thing in full, above it the list to choose from if there are several. */
function Found({ state }) {
  const { found, chosen } = session.importing(state);
  return html`${found.length > 1 && html`<${List} found=${found} chosen=${chosen} />`}
    <${One} state=${state} one=${found[chosen]} />`;
}

function List({ found, chosen }) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const places = found.map((_, place) => place).filter((place) => told(found[place]).includes(wanted));
  return html`<div class="import-list">
    <div class="bar">
      <h3>${found.length.toLocaleString("en")} found</h3>
      ${found.length > MANY &&
      html`<input
        type="search"
        aria-label="Search what was found"
        placeholder="Search"
        value=${search}
        onInput=${(event) => setSearch(event.target.value)}
      />`}
    </div>
    <ul aria-label="What was found">
      ${places.slice(0, SHOWN).map(
        (place) =>
          html`<li key=${place}>
            <button type="button" aria-current=${place === chosen ? "true" : undefined} onClick=${() => session.choose(place)}>
              <b>${found[place].title}</b><small>${excerpt(found[place])}</small>
            </button>
          </li>`,
      )}
    </ul>
    ${places.length > SHOWN && html`<p class="help">${(places.length - SHOWN).toLocaleString("en")} more; search to find them.</p>`}
    ${!places.length && html`<p class="help">None of them has “${search}” in it.</p>`}
  </div>`;
}

/** What the search looks through. */
const told = ({ title, messages }) => [title, ...messages.map(textOf)].join("\n").toLowerCase();

/** The beginning of what was asked, or of what there is. */
function excerpt({ messages }) {
  const message = messages.findLast(({ role }) => role === "user") ?? messages.at(-1);
  return shorten(message ? textOf(message).trim() : "", 160);
}

const shorten = (text, length) => (text.length > length ? `${text.slice(0, length)}…` : text);

function One({ state, one }) {
  const names = bracesIn(one).map((name) => `{{${name}}}`);
  const kept = names.length ? [`${names.join(", ")} stays as it is written; Variables can make it a variable.`] : [];
  return html`<section class="import-one" aria-label="Found">
    <h3>${one.title}</h3>
    <dl>
      ${factsOf(state, one).map(
        ([name, value]) =>
          html`<div key=${name}>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${[...one.notes, ...kept].map((note) => html`<p class="warning" key=${note}><${Icon} name="warn" /><span>${note}</span></p>`)}
  </section>`;
}

/** What is known of one thing that was found, as [name, value]. */
function factsOf({ workspace, boot }, one) {
  const { endpoint, model, messages, params, extra } = one;
  const { name, fresh } = endpointFor(workspace, boot, one);
  const roles = messages.map(({ role }) => role).join(", ");
  const here = workspace.panes[workspace.active];
  return [
    ["Model", model],
    ["Endpoint", endpoint ? (fresh ? `${name}, new: ${endpoint.base_url}` : name) : isResponse(one) ? null : `not said; stays ${here.endpoint}`],
    ["Headers", endpoint?.headers?.map((pair) => pair.join(": ")).join(", ")],
    ["Messages", messages.length ? `${messages.length}: ${shorten(roles, 100)}` : null],
    ["Text", excerpt(one)],
    ["Parameters", Object.entries(params).map(([key, value]) => `${key} ${shorten(value, 60)}`).join(", ")],
    ["Extra JSON", shorten(extra.trim(), 200)],
    ["Streaming", { true: "yes", false: "no" }[streams(one)]],
  ].filter(([, value]) => value);
}

// --- what to do with it ------------------------------------------------------------------------------

function Actions({ state }) {
  const { found, chosen, busy } = session.importing(state);
  const { panes, active } = state.workspace;
  const one = busy ? null : found[chosen];
  const answer = one && isResponse(one);
  const full = one && panes.length >= state.boot.panes;
  const here = panes.length > 1 ? `Replace pane ${active + 1}` : "Replace this pane";
  return html`<div class="bar import-actions">
    ${full && html`<small id="import-full">${state.boot.panes} panes are the most.</small>`}
    <span class="grow"></span>
    ${answer && html`<button type="button" class="run" onClick=${() => session.addToConversation(one)}>Add to this conversation</button>`}
    <button
      type="button"
      disabled=${!one}
      aria-disabled=${full ? "true" : undefined}
      aria-describedby=${full ? "import-full" : undefined}
      onClick=${() => full || session.openInNewPane(one)}
    >
      Open in a new pane
    </button>
    <button type="button" class=${answer ? "" : "run"} disabled=${!one} onClick=${() => session.replacePane(one)}>${here}</button>
  </div>`;
}
