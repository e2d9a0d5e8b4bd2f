// The panes' requests as code, kept up to date while they are edited: `state.codes` is { asked, of: {paneId: code} }.
import { latestOnly } from "./latest.js";
import { askCodes, LOST_SERVER } from "./server.js";
import { patch } from "./store.js";

/** Ask for all panes' code at once, so that they always belong together: `question` is { ids, asked }, `asked` in JSON. */
export const followCodes = latestOnly(
  ({ asked }) => askCodes(JSON.parse(asked)).then((codes) => codes ?? null, () => null),
  (codes, { ids, asked }) => {
    const of = Object.fromEntries(ids.map((id, place) => [id, codes?.[place] ?? { error: LOST_SERVER }]));
    patch({ codes: { asked, of } });
  },
);
