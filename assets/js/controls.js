// Controls that several regions use.
import { html, Icon } from "./dom.js";

/** A segmented control. options: [[value, text], ...] */
export const Switch = ({ label, options, value, onChange }) =>
  html`<div class="switch" role="radiogroup" aria-label=${label}>
    ${options.map(
      ([option, text]) =>
        html`<button
          type="button"
          role="radio"
          aria-checked=${option === value ? "true" : "false"}
          onClick=${() => onChange(option)}
        >
          ${text}
        </button>`,
    )}
  </div>`;

/** Small pictures, each with a button to take it away. */
export const Thumbs = ({ images, onChange }) =>
  images.length > 0 &&
  html`<ul class="thumbs">
    ${images.map(
      (part, index) =>
        html`<li key=${index}>
          <img src=${part.image_url.url} alt=${`Image ${index + 1}`} />
          <button
            type="button"
            aria-label=${`Remove image ${index + 1}`}
            onClick=${() => onChange(images.filter((_, place) => place !== index))}
          >
            <${Icon} name="close" />
          </button>
        </li>`,
    )}
  </ul>`;
