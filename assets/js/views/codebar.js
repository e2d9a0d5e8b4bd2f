// The code view's one bar of switches, above all panes; while it is there, the panes' code is kept up to date.
import { CopyButton, Switch, Toggle } from "../controls.js";
import { html, saveFile, useEffect, useRef } from "../dom.js";
import { chooseClient, chooseLanguage, clientOf, clientsOf, codeAsk, imagesIn, languagesOf, wrapsIn } from "../document/codeasks.js";
import { followCodes } from "../session/codes.js";
import { update } from "../session/store.js";
import { textOfCode, useNarrow } from "./code.js";

const change = (next) => update(next, { silent: true });

export const CodeBar = ({ state }) => (state.workspace.view === "code" ? html`<${Bar} state=${state} />` : null);

function Bar({ state }) {
  const { workspace, boot, codes } = state;
  const asked = useAsked(workspace, boot);
  const ids = workspace.panes.map(({ id }) => id);
  useEffect(() => followCodes({ ids, asked }), [asked, ids.join()]);
  const client = clientOf(workspace, boot);
  const siblings = clientsOf(workspace, boot).filter((other) => other.language === client.language);
  const narrow = useNarrow();
  const wraps = wrapsIn(workspace, client, narrow);
  const choose = (id) => change((now) => chooseClient(now, boot.clients.find((other) => other.id === id)));
  const lined = client.file.endsWith(".jsonl") && workspace.panes.length > 1;
  return html`<div class="code-bar" role="group" aria-label="Code" aria-busy=${String(codes.asked !== asked)}>
    <${Switch}
      label="Language"
      options=${languagesOf(boot).map((language) => [language, language])}
      value=${client.language}
      onChange=${(language) => change((now) => chooseLanguage(now, boot, language))}
    />
    ${siblings.length > 1 && narrow && html`<${Clients} clients=${siblings} chosen=${client.id} onChange=${choose} />`}
    <span class="options">
      <${Options} state=${state} client=${client} />
      <${Toggle} on=${wraps} title="Long lines go on below" onClick=${() => change((now) => ({ ...now, wrap: !wraps }))}>Wrap<//>
      ${lined && html`<${AllLines} state=${state} client=${client} />`}
    </span>
    ${siblings.length > 1 &&
    !narrow &&
    html`<${Switch} label="Client" options=${siblings.map(({ id, label }) => [id, label])} value=${client.id} onChange=${choose} />`}
  </div>`;
}

/** The clients of the language where there is no room for them side by side. */
const Clients = ({ clients, chosen, onChange }) =>
  html`<select aria-label="Client" value=${chosen} onChange=${(event) => onChange(event.target.value)}>
    ${clients.map(({ id, label }) => html`<option key=${id} value=${id} selected=${id === chosen}>${label}</option>`)}
  </select>`;

/** What the panes ask for, as JSON; worked out anew only when the workspace has changed. */
function useAsked(workspace, boot) {
  const kept = useRef({});
  if (kept.current.workspace !== workspace) {
    const asks = workspace.panes.map((_, index) => codeAsk(workspace, boot, index));
    kept.current = { workspace, asked: JSON.stringify(asks) };
  }
  return kept.current.asked;
}

const OPTIONS = [
  { name: "stream", label: "Delivery", values: [[true, "Streaming"], [false, "One answer"]] },
  { name: "full", label: "Detail", values: [[false, "Minimal"], [true, "Full"]] },
  { name: "images", label: "Images", values: [["inline", "Images inline"], ["file", "From file"]] },
];

/** The options that change something: of images only where there are some. */
function Options({ state: { workspace, codes }, client }) {
  const pictures = workspace.panes.some(({ id }) => codes.of[id]?.has_files);
  const chosen = { ...workspace, images: imagesIn(workspace, client) };
  const useful = OPTIONS.filter(({ name }) => client.switches.includes(name) && (name !== "images" || pictures));
  return useful.map(
    ({ name, label, values }) =>
      html`<${Switch}
        key=${name}
        label=${label}
        options=${values}
        value=${chosen[name]}
        onChange=${(value) => change((now) => ({ ...now, [name]: value }))}
      />`,
  );
}

/** A file of lines has one line a pane. */
function AllLines({ state: { workspace, codes }, client }) {
  const text = () => workspace.panes.map(({ id }) => codes.of[id]).filter((code) => code?.pieces).map(textOfCode).join("");
  const save = () => saveFile(client.file, new Blob([text()], { type: "application/jsonl" }));
  return html`<${CopyButton} label="Copy all panes" text=${text} />
    <button type="button" class="quiet" onClick=${save}>Download all panes</button>`;
}
