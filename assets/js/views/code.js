// The code view: the pane's request as code, made by the server from the same document that Run sends.
import { planRun } from "../document/answers.js";
import { CopyButton, Switch, Toggle } from "../controls.js";
import { withDraft } from "../document/conversation.js";
import { html, useEffect, useState } from "../dom.js";
import { update } from "../session/store.js";
import { paneDocument } from "../document/workspace.js";

const PAUSE = 60; // milliseconds without an edit before the code is made again

export function Code({ state, index, server }) {
  const { workspace, boot } = state;
  const { client, stream } = workspace;
  const chosen = boot.clients.find((other) => other.id === client) ?? boot.clients[0];
  const [code, setCode] = useState(null);
  const pane = paneDocument(workspace, boot, index, sentRows(workspace, index));
  const asked = JSON.stringify({ pane, client: chosen.id, stream });
  useEffect(() => {
    let current = true;
    const timer = setTimeout(async () => {
      const made = await server.code(JSON.parse(asked));
      if (current) setCode(made);
    }, code ? PAUSE : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [asked]);
  const languages = [...new Set(boot.clients.map((other) => other.language))];
  const choose = (id) => update((now) => ({ ...now, client: id }), { silent: true });
  const siblings = boot.clients.filter((other) => other.language === chosen.language);
  return html`<div class="code">
    <div class="code-bar">
      <${Switch}
        label="Language"
        options=${languages.map((language) => [language, language])}
        value=${chosen.language}
        onChange=${(language) => choose(boot.clients.find((other) => other.language === language).id)}
      />
      <${Switch} label="Client" options=${siblings.map((other) => [other.id, other.label])} value=${chosen.id} onChange=${choose} />
      <${Toggle} on=${stream} onClick=${() => update((now) => ({ ...now, stream: !now.stream }), { silent: true })}>
        ${stream ? "streaming" : "one answer"}
      <//>
      <span class="grow"></span>
      ${code?.pieces && html`<${CopyButton} class="quiet copy" text=${code.pieces.map(([, text]) => text).join("")} />`}
    </div>
    ${code && html`<${Shown} code=${code} />`}
  </div>`;
}

/** The rows that the pane's Run would send, the composer's draft included. */
function sentRows(workspace, index) {
  const rows = workspace.panes[index].rows.filter((row) => row.status !== "running");
  return planRun(withDraft(rows, workspace.draft, workspace.draftImages)).sent;
}

function Shown({ code }) {
  if (code.error) {
    return html`<div class="failure" role="alert"><p><b>${code.error.message}</b></p><p>${code.error.advice}</p></div>`;
  }
  return html`${code.warnings.map((warning) => html`<p class="warning">${warning}</p>`)}
    ${code.install && html`<p class="install"><code>${code.install}</code></p>`}
    <pre tabindex="0" aria-label="Code">${code.pieces.map(([kind, text]) => (kind ? html`<span class=${`tok-${kind}`}>${text}</span>` : text))}</pre>`;
}
