// Presets of settings: what each speaks of, and how a pane takes it on.

/** Those that come with the page. Values are JSON texts, as parameters are kept. */
export const BUILT_IN = [
  { id: "precise", name: "Precise", params: { temperature: "0.2", top_p: "0.9" } },
  { id: "balanced", name: "Balanced", params: { temperature: "0.7", top_p: "0.95" } },
  { id: "creative", name: "Creative", params: { temperature: "1.1", top_p: "0.98" } },
];

/** What a preset keeps of a pane. */
export const settingsOf = ({ params, extra, thoughts }) => ({ params, extra, thoughts: Boolean(thoughts) });

/** Whether a pane has nothing that a preset could keep. */
export const hasNone = ({ params, extra, thoughts }) => !Object.keys(params).length && !extra.trim() && !thoughts;

/** Whether a pane has all values of a preset. */
export const holds = (pane, { params, extra, thoughts }) =>
  Object.entries(params).every(([name, value]) => pane.params[name] === value) && (!extra || extra === pane.extra) && (!thoughts || Boolean(pane.thoughts));

/**
 * A pane with a preset's values; what the preset does not speak of stays, what the model refuses ({ parameter: reason },
 * and why it takes no earlier reasoning) is left out.
 */
export function withPreset(pane, preset, refuses, noThoughts) {
  const wanted = Object.entries(preset.params).filter(([name]) => !refuses[name]);
  const thoughts = (preset.thoughts && !noThoughts) || pane.thoughts;
  return { ...pane, params: { ...pane.params, ...Object.fromEntries(wanted) }, extra: preset.extra || pane.extra, thoughts };
}

/** What a preset says, a line each. */
export const describe = ({ params, extra, thoughts }) =>
  [...Object.entries(params).map(([name, value]) => `${name} ${value}`), ...(extra?.trim() ? ["extra JSON"] : []), ...(thoughts ? ["earlier reasoning sent back"] : [])].join("\n");
