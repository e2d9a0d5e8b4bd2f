// The figures of a run that has ended: what the backend told, and what the page saw itself.
import { costOf } from "../document/figures.js";
import { certainty, joined } from "../document/tokens.js";
import { modelInfo } from "./server.js";

/** `row` is the one that the run writes into, as it was opened; null where it has gone. */
export function figures(run, row) {
  const known = run.live?.stats ?? {};
  const local = run.kind === "local" || run.kind === "scripted";
  const cost = costOf(known, local ? null : modelInfo(run.model)?.price, local);
  return { ...known, ...certainty(tokensOf(run, row)), ...estimates(run, known), elapsed: (performance.now() - run.started) / 1000, cost, run: run.id };
}

/** The tokens of the whole answer: one that was continued has those of its beginning too. */
function tokensOf(run, row) {
  const fresh = run.live?.choices[0]?.tokens;
  return run.continues && row ? joined(row.prefilled ?? "", row.tokens, fresh) : fresh;
}

/** What the page saw itself of a run that was broken off before the backend told its figures. */
function estimates(run, { ttft, pieces }) {
  if (ttft != null || !run.first) return {};
  const span = (run.heard - run.first) / 1000;
  const tokens_per_second = pieces > 1 && span > 0 ? (pieces - 1) / span : null;
  return { ttft: (run.first - run.started) / 1000, tokens_per_second, estimated: true };
}
