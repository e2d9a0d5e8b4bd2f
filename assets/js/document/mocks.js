// Saved answers to the calls of a tool. A mock belongs to the tool that it was made for, by its name and its parameters:
// another tool of that name does not inherit it. `workspace.mocks` is { name: text }, `workspace.mockTies` { name: the
// parameters as JSON, or null where the request had no such tool }.
import { toolNamed, toolTexts } from "./tools.js";

function tieOf(tools, name) {
  const tool = toolNamed(tools, name);
  return tool && JSON.stringify(tool.function.parameters ?? {});
}

/** The mocks with this one for the tool of a pane, or without it if the text is null. */
export function withMock(workspace, name, text, pane = workspace.panes[workspace.active]) {
  const { [name]: _, ...mocks } = workspace.mocks;
  const { [name]: __, ...mockTies } = workspace.mockTies;
  if (text === null) return { ...workspace, mocks, mockTies };
  return { ...workspace, mocks: { ...mocks, [name]: text }, mockTies: { ...mockTies, [name]: tieOf(pane?.params.tools, name) } };
}

/** The mocks that answer calls in a pane: { name: text }. */
export const mocksOf = ({ mocks, mockTies }, { params }) =>
  Object.fromEntries(Object.entries(mocks).filter(([name]) => (mockTies[name] ?? null) === tieOf(params.tools, name)));

/** The workspace after its user has edited the tools of a pane: a tool whose parameters changed keeps its mock. */
export function withTiesKept(workspace, { params }) {
  if (!Object.keys(workspace.mocks).length || toolTexts(params.tools) === null) return workspace;
  const ties = Object.entries(workspace.mockTies).map(([name, tie]) => [name, tie === null ? null : (tieOf(params.tools, name) ?? tie)]);
  return { ...workspace, mockTies: Object.fromEntries(ties) };
}

/** The workspace without mocks whose tool has gone from all panes, and without running on in panes whose tools have gone. */
export function settledTools(before, after) {
  if (before.panes.every((pane, at) => pane.id === after.panes[at]?.id && pane.params.tools === after.panes[at].params.tools)) return after;
  return withoutStrayMocks(withoutStrayRunOn(before, after));
}

function withoutStrayMocks(workspace) {
  const texts = workspace.panes.map(({ params }) => params.tools);
  const names = Object.keys(workspace.mocks);
  if (!names.length || texts.some((text) => toolTexts(text) === null)) return workspace; // JSON that is being written
  const stray = names.filter((name) => {
    const ties = texts.map((text) => tieOf(text, name)).filter((tie) => tie !== null);
    const tie = workspace.mockTies[name] ?? null;
    return tie === null ? ties.length > 0 : !ties.includes(tie);
  });
  return stray.reduce((now, name) => withMock(now, name, null), workspace);
}

function withoutStrayRunOn(before, after) {
  const had = new Set(before.panes.filter(({ params }) => params.tools !== undefined).map(({ id }) => id));
  const lost = after.panes.filter(({ id, params }) => had.has(id) && params.tools === undefined && after.runOn[id]);
  return lost.reduce((now, { id }) => ({ ...now, runOn: { ...now.runOn, [id]: undefined } }), after);
}
