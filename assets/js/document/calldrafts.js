// What is typed as the result of a call before it is given. It is found again by the call's id, or, because an answer that is
// made again has other ids, by its place and name. `workspace.callDrafts` is [{ row, place, id, name, text, open, keep }].

const NONE = { text: "", open: false, keep: false };

const isFor = (row, place, call) => (draft) =>
  draft.row === row && (draft.id === call.id || (draft.place === place && draft.name === call.function.name));

/** The draft for a call of a row: its text, whether its box is open, whether it shall become the mock. */
export const callDraft = ({ callDrafts }, row, place, call) => callDrafts.find(isFor(row, place, call)) ?? NONE;

/** The workspace with a change of a draft, null for none any more; drafts of rows that are gone go too. */
export function withCallDraft(workspace, row, place, call, change) {
  const before = callDraft(workspace, row, place, call);
  const rows = new Set(workspace.panes.flatMap((pane) => pane.rows.map(({ id }) => id)));
  const kept = workspace.callDrafts.filter((draft) => draft !== before && rows.has(draft.row));
  const next = { ...before, row, place, id: call.id, name: call.function.name, ...change };
  return { ...workspace, callDrafts: change ? [...kept, next] : kept };
}
