// The JSON that a form stands beside, each following the other, with what is wrong with it as it is typed.
import { html } from "../dom.js";
import { indented } from "../document/jsontext.js";

const MOST = 4;

/** `problems` are sentences; where there is none, `fine` is said. `onText(text, as)` as the builder has it. */
export function JsonSource({ label, text, problems, fine, onText }) {
  const tidy = indented(text);
  return html`<section class="schema-source" aria-label="JSON">
    <div class="bar">
      <h3>JSON</h3>
      <span class="grow"></span>
      ${tidy !== text && html`<button type="button" class="quiet" onClick=${() => onText(tidy)}>Tidy</button>`}
    </div>
    <textarea
      class="mono"
      aria-label=${label}
      aria-invalid=${problems.length ? "true" : undefined}
      aria-describedby="schema-problems"
      spellcheck=${false}
      value=${text}
      onInput=${(event) => onText(event.target.value, "schema")}
    ></textarea>
    <div id="schema-problems" role="status">
      ${problems.slice(0, MOST).map((problem, place) => html`<p class="problem" key=${place}>${problem}</p>`)}
      ${problems.length > MOST && html`<p class="problem">And ${problems.length - MOST} more.</p>`}
      ${!problems.length && html`<p class="help">${fine}</p>`}
    </div>
  </section>`;
}
