// The code view's choices, and what each pane asks the server for. A client is a row of `boot.clients`: a way to
// write the request as code, or a format of data.
import { planRun, withoutRunning } from "./answers.js";
import { withDraft } from "./conversation.js";
import { labelsOf, whyNot } from "./readiness.js";
import { chosenRow } from "./variables.js";
import { endpointOf, paneDocument } from "./workspace.js";

/** The clients to choose from: those that run a model themselves only where a pane's model is one of this machine. */
export function clientsOf(workspace, boot) {
  const local = workspace.panes.some((pane) => endpointOf(workspace, boot, pane.endpoint)?.kind === "local");
  return boot.clients.filter((client) => local || !client.local);
}

/** The chosen client, or the first of its language where it is not to be had. */
export function clientOf(workspace, boot) {
  const offered = clientsOf(workspace, boot);
  const chosen = boot.clients.find((other) => other.id === workspace.client) ?? boot.clients[0];
  return offered.includes(chosen) ? chosen : offered.find((other) => other.language === chosen.language);
}

export const languagesOf = (boot) => [...new Set(boot.clients.map((client) => client.language))];

export const chooseClient = (workspace, client) => ({
  ...workspace,
  client: client.id,
  clients: { ...workspace.clients, [client.language]: client.id },
});

/** Switch to a language: to the client that was used last in it, else to its first. */
export function chooseLanguage(workspace, boot, language) {
  const clients = clientsOf(workspace, boot).filter((client) => client.language === language);
  return chooseClient(workspace, clients.find((client) => client.id === workspace.clients[language]) ?? clients[0]);
}

/** Where pictures are. Until a user chooses: code holds them, a text to read points at their files. */
export const imagesIn = (workspace, client) => workspace.images ?? (client.whole ? "file" : "inline");

/** Whether long lines go on below. Until a user chooses: in prose, and where there is little room. */
export const wrapsIn = (workspace, client, narrow) => workspace.wrap ?? (narrow || client.file.endsWith(".md"));

/** What the pane's conversation is, and what its Run would do, the composer's draft included: { rows, plan }. */
function planOf(workspace, boot, index) {
  const { panes, draft, draftImages } = workspace;
  const rows = withDraft(withoutRunning(panes[index].rows), draft, draftImages);
  return { rows, plan: planRun(rows, null, endpointOf(workspace, boot, panes[index].endpoint)?.kind === "local") };
}

/** What a pane asks the code view for (ui/code.py). */
export function codeAsk(workspace, boot, index) {
  const client = clientOf(workspace, boot);
  const { rows, plan } = planOf(workspace, boot, index);
  return {
    pane: paneDocument(workspace, boot, index, client.whole ? rows : plan.sent),
    client: client.id,
    stream: workspace.stream,
    full: workspace.full,
    images: imagesIn(workspace, client),
  };
}

/** Why the pane's Run would not be sent: see whyNot. Nothing is sent of data. */
export function problemOf(workspace, boot, index, refuses = {}, noThoughts = null) {
  const { panes, variables } = workspace;
  if (clientOf(workspace, boot).whole) return null;
  const { plan } = planOf(workspace, boot, index);
  return whyNot(plan, panes[index], variables, chosenRow(variables), refuses, labelsOf(boot), noThoughts);
}
