// The fields of a schema, to fill in. Each change is one of the schema's text (document/schemafields.js).
import { html, Icon, IconButton, useState } from "../dom.js";
import { readJson } from "../document/jsonplaces.js";
import * as fields from "../document/schemafields.js";

export function SchemaBuilder({ text, onText }) {
  const { node } = readJson(text);
  return html`<section class="schema-builder" aria-label="Fields">
    <div class="bar"><h3>Fields</h3></div>
    ${node
      ? html`<div class="schema-root">
          <div class="schema-line"><span>The answer is</span><${Type} label="Type of the answer" text=${text} node=${node} onText=${onText} /></div>
          <${SchemaFields} text=${text} node=${node} onText=${onText} name="the answer" />
        </div>`
      : html`<p class="help">The fields come back as soon as the JSON is whole.</p>`}
  </section>`;
}

function Type({ label, text, node, onText }) {
  const type = fields.typeOf(text, node);
  return html`<select aria-label=${label} value=${type} onChange=${(event) => onText(fields.setType(text, node, event.target.value))}>
    ${type === "custom" && html`<option value="custom" selected>Custom</option>`}
    ${fields.TYPES.map(([value, name]) => html`<option key=${value} value=${value} selected=${value === type}>${name}</option>`)}
  </select>`;
}

/**
 * What a schema's type needs beside its name: fields of an object, items of a list, the options. `node` stands anywhere in
 * `text`; `onText(text, as)` takes the whole of it; `name` is what the schema is of, `noun` what its fields are called.
 */
export function SchemaFields(props) {
  const { text, node } = props;
  const type = fields.typeOf(text, node);
  const others = type === "custom" ? [] : fields.otherKeywords(node);
  return html`${type === "object" && html`<${ObjectFields} ...${props} />`}
    ${type === "array" && html`<${Items} ...${props} />`}
    ${type === "enum" && html`<${Options} ...${props} />`}
    ${type === "custom" && html`<p class="help">Custom: the JSON says it, and it is kept as it is.</p>`}
    ${others.length > 0 && html`<p class="help">Also, in the JSON: ${others.join(", ")}</p>`}`;
}

function ObjectFields({ text, node, onText, name, noun = "field" }) {
  const list = fields.fieldsOf(text, node);
  const twice = fields.twiceIn(list);
  return html`<ul class="schema-fields">
      ${list.map((field, place) => html`<${Field} key=${place} text=${text} owner=${node} place=${place} field=${field} others=${list.toSpliced(place, 1)} noun=${noun} onText=${onText} />`)}
    </ul>
    ${twice.length > 0 && html`<p class="problem">Two ${noun}s are named ${twice.join(", ")}; the last one counts.</p>`}
    <button type="button" class="quiet add-field" aria-label=${`Add a ${noun} to ${name}`} onClick=${() => onText(fields.addField(text, node, noun))}>
      <${Icon} name="plus" />Add a ${noun}
    </button>`;
}

function Field({ text, owner, place, field, others, noun, onText }) {
  const { name, node, required } = field;
  const [clash, setClash] = useState(null); // a name on the way that another field has: it is not written
  const taken = clash !== null && others.some((other) => other.name === clash);
  const rename = (typed) => {
    const refused = typed !== name && others.some((other) => other.name === typed);
    setClash(refused ? typed : null);
    if (!refused) onText(fields.renameField(text, owner, place, typed), "field name");
  };
  const problem = taken ? `Another ${noun} is named ${clash}.` : name ? null : "A name is missing.";
  return html`<li>
    <div class="schema-line">
      <input
        class="mono"
        aria-label=${`Name of ${noun} ${place + 1}`}
        value=${taken ? clash : name}
        aria-invalid=${problem ? "true" : undefined}
        spellcheck=${false}
        onInput=${(event) => rename(event.target.value)}
        onBlur=${() => setClash(null)}
      />
      <${Type} label=${`Type of ${name}`} text=${text} node=${node} onText=${onText} />
      <label><input type="checkbox" aria-label=${`${name} is required`} checked=${required} onChange=${(event) => onText(fields.setRequired(text, owner, name, event.target.checked))} />required</label>
      <${IconButton} icon="close" label=${`Remove ${name}`} onClick=${() => onText(fields.removeField(text, owner, place))} />
    </div>
    ${problem && html`<p class="problem">${problem}</p>`}
    ${node.kind === "object" &&
    html`<input
      class="description"
      aria-label=${`Description of ${name}`}
      placeholder="Description, which the model may read"
      value=${fields.descriptionOf(node)}
      onInput=${(event) => onText(fields.setDescription(text, node, event.target.value), "field description")}
    />`}
    <${SchemaFields} text=${text} node=${node} onText=${onText} name=${name} />
  </li>`;
}

function Items({ text, node, onText, name }) {
  const items = fields.itemsOf(node);
  if (!items) return html`<button type="button" class="quiet add-field" onClick=${() => onText(fields.addItems(text, node))}><${Icon} name="plus" />Say what is in the list</button>`;
  return html`<div class="schema-items">
    <div class="schema-line"><span>of</span><${Type} label=${`Type of what is in ${name}`} text=${text} node=${items} onText=${onText} /></div>
    <${SchemaFields} text=${text} node=${items} onText=${onText} name=${`what is in ${name}`} />
  </div>`;
}

function Options({ text, node, onText, name }) {
  const options = fields.optionsOf(node);
  const type = fields.optionType(node);
  const set = (next, as) => onText(fields.setOptions(text, node, next), as);
  return html`<div class="schema-options">
    <select aria-label=${`Type of the options of ${name}`} value=${type} onChange=${(event) => onText(fields.setOptionType(text, node, event.target.value))}>
      ${fields.OPTION_TYPES.map(([value, said]) => html`<option key=${value} value=${value} selected=${value === type}>${said}</option>`)}
    </select>
    ${options.map(
      (option, place) =>
        html`<span key=${place}>
          <${Option} label=${`Option ${place + 1} of ${name}`} type=${type} option=${option} onOption=${(next) => set(options.with(place, next), "option")} />
          ${options.length > 1 && html`<${IconButton} icon="close" label=${`Remove the option ${option}`} onClick=${() => set(options.toSpliced(place, 1))} />`}
        </span>`,
    )}
    <button type="button" class="quiet" aria-label=${`Add an option to ${name}`} onClick=${() => set([...options, fields.freshOption(node)])}><${Icon} name="plus" />Option</button>
  </div>`;
}

/** What is no number yet stays as it is typed, until the field is left. */
function Option({ label, type, option, onOption }) {
  const [typed, keep] = useState(null);
  const take = ({ target: { value } }) => {
    const fits = fields.isOption(type, value);
    keep(fits ? null : value);
    if (fits) onOption(value);
  };
  return html`<input
    class="mono"
    aria-label=${label}
    value=${typed ?? option}
    aria-invalid=${typed === null ? undefined : "true"}
    inputmode=${type === "string" ? undefined : "decimal"}
    spellcheck=${false}
    onInput=${take}
    onBlur=${() => keep(null)}
  />`;
}
