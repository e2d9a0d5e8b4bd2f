// The log probabilities of an answer that was stopped: the server tells them once it has stopped, when the row is closed.
import { textOf } from "../document/message.js";
import { laidOver } from "../document/tokens.js";
import { update } from "./store.js";

/** Give the answer that this last snapshot is of its tokens, where they spell what the page has of it. */
export function takeLate(live) {
  const tokens = live?.phase === "stopped" && live.choices[0]?.tokens;
  if (!tokens) return;
  const fits = (row) => row.stats?.run === live.run && !row.tokens && laidOver(textOf(row.message), tokens).exact;
  const given = (rows) => (rows.some(fits) ? rows.map((row) => (fits(row) ? { ...row, tokens } : row)) : rows);
  update((now) => ({ ...now, panes: now.panes.map((pane) => ({ ...pane, rows: given(pane.rows) })) }), { silent: true });
}
