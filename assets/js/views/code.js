// The code view: the pane's request as code, made by the server from the same document that Run sends.
import { planRun, withoutRunning } from "../document/answers.js";
import { CopyButton, Switch, Toggle } from "../controls.js";
import { withDraft } from "../document/conversation.js";
import { html, useEffect, useState } from "../dom.js";
import { whyNot } from "../document/readiness.js";
import { chosenRow } from "../document/variables.js";
import { labelsOf } from "../session/runs.js";
import { modelInfo } from "../session/server.js";
import { update } from "../session/store.js";
import { endpointOf, paneDocument } from "../document/workspace.js";

const PAUSE = 60; // milliseconds without an edit before the code is made again

export function Code({ state, index, server }) {
  const { workspace, boot } = state;
  const { client, stream } = workspace;
  const chosen = boot.clients.find((other) => other.id === client) ?? boot.clients[0];
  const [code, setCode] = useState(null);
  const plan = planOf(workspace, boot, index);
  const pane = paneDocument(workspace, boot, index, plan.sent);
  const { panes, variables } = workspace;
  const refuses = modelInfo(panes[index])?.refuses ?? {};
  const problem = whyNot(plan, panes[index], variables, chosenRow(variables), refuses, labelsOf(boot));
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
    ${problem && html`<p class="warning" role="note">Run does not send this: ${problem.message} ${problem.advice}</p>`}
    ${code && html`<${Shown} code=${code} />`}
  </div>`;
}

/** What the pane's Run would do, the composer's draft included. */
function planOf(workspace, boot, index) {
  const { panes, draft, draftImages } = workspace;
  const rows = withDraft(withoutRunning(panes[index].rows), draft, draftImages);
  return planRun(rows, null, endpointOf(workspace, boot, panes[index].endpoint)?.kind === "local");
}

function Shown({ code }) {
  if (code.error) {
    return html`<div class="failure" role="alert"><p><b>${code.error.message}</b></p><p>${code.error.advice}</p></div>`;
  }
  return html`${code.warnings.map((warning) => html`<p class="warning">${warning}</p>`)}
    ${code.install && html`<p class="install"><code>${code.install}</code></p>`}
    <pre tabindex="0" aria-label="Code">${code.pieces.map(([kind, text]) => (kind ? html`<span class=${`tok-${kind}`}>${text}</span>` : text))}</pre>`;
}
