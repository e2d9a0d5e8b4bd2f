// Figures of a run in words: speed, tokens, cost; and panes summed up as a table.

/**
 * What a run has cost in US dollars: { low, high, estimated }, or null where that is not known. `price` is the
 * model's, per million tokens; models that run in the app cost nothing.
 */
export function costOf({ prompt_tokens, completion_tokens, estimated }, price, local = false) {
  if (local) return { low: 0, high: 0, estimated: false };
  if (!price || prompt_tokens == null || completion_tokens == null) return null;
  const [input, output] = [span(price.input), span(price.output)];
  const sum = (side) => (prompt_tokens * input[side] + completion_tokens * output[side]) / 1e6;
  return { low: sum(0), high: sum(1), estimated: Boolean(estimated || price.at_least) };
}

const span = (value) => (Array.isArray(value) ? value : [value, value]);

export function costText(cost) {
  if (!cost) return "unknown";
  if (cost.high === 0 && !cost.estimated) return "free";
  const [low, high] = [dollars(cost.low), dollars(cost.high)];
  return `${cost.estimated ? "≈ " : ""}${low === high ? low : `${low} to ${high}`}`;
}

function dollars(value) {
  if (value === 0) return "$0";
  if (value < 1e-6) return "< $0.000001";
  return `$${value >= 0.01 ? value.toFixed(2) : Number(value.toPrecision(2))}`;
}

export const seconds = (value) => (value == null ? null : `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`);

/** A run's figures as [key, value, unit], the unknown ones left out. */
export function figuresOf(stats, status) {
  const mark = stats.estimated ? "≈ " : "";
  const tokens = stats.completion_tokens ?? null;
  const out = tokens === null ? (stats.pieces > 0 ? `≈ ${stats.pieces}` : null) : `${mark}${tokens}`;
  return [
    ["ttft", seconds(stats.ttft), "first token"],
    ["speed", stats.tokens_per_second == null ? null : `${mark}${stats.tokens_per_second.toFixed(1)}`, "tok/s"],
    ["total", seconds(stats.total ?? stats.elapsed), "total"],
    ["in", stats.prompt_tokens == null ? null : `${mark}${stats.prompt_tokens}`, "tokens in"],
    ["out", out, "tokens out"],
    ["reasoning", stats.reasoning_tokens ? `${mark}${stats.reasoning_tokens}` : null, "reasoning tokens"],
    ["perplexity", figure(stats.perplexity), "perplexity"],
    ["entropy", stats.entropy == null ? null : `${stats.bounded ? "≥ " : ""}${figure(stats.entropy)}`, "bits of entropy"],
    ["finish", status === "done" ? (stats.finish_reason ?? "finished") : (status ?? null), ""],
    ["cost", stats.cost || stats.prompt_tokens != null ? costText(stats.cost) : null, "cost"],
  ].filter(([, value]) => value !== null);
}

const figure = (value) => (value == null ? null : value >= 1e6 || value === Infinity ? "> 1,000,000" : value >= 100 ? value.toFixed(0) : value.toFixed(2));

/** What a figure means, for its title. */
export const ABOUT = {
  perplexity: "e to the mean negative log probability of all tokens of the answer, what it was continued from included where it is scored: 1 is certain",
  entropy: "Mean over the tokens of the answer. With ≥ a lower bound: probabilities beyond the alternatives that came count as one token.",
};

/** The latest figures that a pane's answers keep: { stats, status, model }, or undefined. */
export function lastRun(pane) {
  const answers = pane.rows.flatMap((row) => [...(row.variants ?? []), row]);
  return answers.findLast((answer) => answer.stats);
}

/** Columns of the table: [figure, head, rare]; a rare one is there for those that have it. */
export const COLUMNS = [
  ["ttft", "First token"],
  ["speed", "Tokens/s"],
  ["total", "Total"],
  ["in", "Tokens in"],
  ["out", "Tokens out"],
  ["reasoning", "Reasoning"],
  ["perplexity", "Perplexity", true],
  ["entropy", "Entropy, bits", true],
  ["finish", "Finish reason"],
  ["cost", "Cost"],
];

/** A table as Markdown. rows: [[cell, ...], ...], the first one its head. */
export function markdownTable([head, ...rows]) {
  const line = (cells) => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const escaped = (cell) => String(cell ?? "").replaceAll("\\", "\\\\").replaceAll("|", "\\|").replace(/\s*\n\s*/g, "<br>");
