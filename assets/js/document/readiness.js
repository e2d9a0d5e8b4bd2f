// Whether a run can be sent, decided before anything is; Code says the same.
import { isUnsent } from "./answers.js";
import { missingIn, namesOf } from "./variables.js";

/** What the parameters are called, by name. */
export const labelsOf = (boot) => Object.fromEntries(boot.params.map(({ name, label }) => [name, label]));

/**
 * Why a run cannot be sent: { message, advice, missing?, empty?, refused? }, or null. `plan` is what it would do, `line` the row of the
 * variables' table, `refuses` what the model does not take: { parameter: reason }, `noThoughts` why earlier reasoning
 * would not reach it.
 */
export const whyNot = (plan, pane, { literal }, line, refuses, labels, noThoughts = null) =>
  nothing(plan) ?? withoutValue(namesOf(plan.sent, literal), line) ?? refused(pane.params, refuses, labels) ?? lost(plan, pane, noThoughts);

function lost({ sent }, { thoughts }, reason) {
  if (!thoughts || !reason || !sent.some((row) => row.reasoning && row.message.role === "assistant")) return null;
  return { message: `Earlier reasoning cannot be sent: ${reason}.`, advice: "Leave it out, or choose another model.", refused: "thoughts" };
}

function nothing({ sent }) {
  if (sent.some((row) => !isUnsent(row) && row.message.role !== "system")) return null;
  return { message: "There is nothing to send yet.", advice: "Write a message first.", empty: true };
}

function withoutValue(names, line) {
  const missing = missingIn(line, names);
  if (!missing.length) return null;
  const listed = missing.map((name) => `{{${name}}}`).join(", ");
  return { message: `No value for ${listed}.`, advice: "Give it one under Variables, or send it as it is written.", missing };
}

function refused(params, refuses, labels) {
  const name = Object.keys(params).find((given) => refuses[given]);
  if (!name) return null;
  return { message: `${labels[name] ?? name} cannot be sent: ${refuses[name]}.`, advice: "Set it back to default, or choose another model.", refused: name };
}
