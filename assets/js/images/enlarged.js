// One picture, whole: its facts, its neighbours, and how closely the model is to look at it.
import { html, Icon, IconButton, useLayoutEffect, useRef, useState } from "../dom.js";
import { factsOf } from "./imagefacts.js";

/** [pixels, properties for Picture]: its { width, height }, or { failed }, once that is known; else null. */
export function usePixels(url) {
  const [pixels, setPixels] = useState(null);
  const known = pixels?.url === url ? pixels : null;
  const onLoad = ({ target }) => setPixels({ url, width: target.naturalWidth, height: target.naturalHeight });
  const onError = () => setPixels({ url, failed: true });
  return [known, { url, failed: Boolean(known?.failed), onLoad, onError }];
}

/** A picture, or what stands where one can't be shown; that is sent all the same. */
export function Picture({ url, alt, failed, onLoad, onError }) {
  if (!failed) {
    const quiet = { decoding: "async", draggable: false, referrerpolicy: "no-referrer" };
    return html`<img ...${quiet} alt=${alt} onLoad=${onLoad} onError=${onError} src=${url} />`;
  }
  const address = url.length > 200 ? `${url.slice(0, 200)}…` : url;
  return html`<span class="lost" title=${address}>
    <span><${Icon} name="warn" />Cannot be shown here</span>${address}
  </span>`;
}

const DETAILS = [
  ["", "default"],
  ["auto", "auto"],
  ["low", "low"],
  ["high", "high"],
];

/** A dialog with one of these pictures whole. onShow(index) shows another, onChange(images) sets its detail. */
export function Enlarged({ images, index, onShow, onChange, onClose }) {
  const dialog = useRef(null);
  useLayoutEffect(() => dialog.current.showModal(), []);
  const part = images[index];
  const { url } = part.image_url;
  const [pixels, picture] = usePixels(url);
  const address = url.startsWith("data:") || picture.failed ? "" : url;
  const step = (by) => onShow((index + by + images.length) % images.length);
  const onKeyDown = (event) => {
    event.stopPropagation(); // the row below has keys of its own
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || images.length === 1 || event.target.tagName === "SELECT") return;
    event.preventDefault();
    step(by);
  };
  const setDetail = (detail) =>
    onChange(images.map((other, place) => (place === index ? withDetail(other, detail) : other)));
  return html`<dialog
    class="viewer"
    aria-label=${`Image ${index + 1} of ${images.length}`}
    ref=${dialog}
    onClose=${onClose}
    onClick=${(event) => event.target === dialog.current && dialog.current.close()}
    onKeyDown=${onKeyDown}
  >
    <div class="viewer-body">
      <header>
        <h2>Image ${index + 1} of ${images.length}</h2>
        <span class="facts" role="status">${factsOf(part, pixels)}</span>
        <${IconButton} icon="close" label="Close" onClick=${() => dialog.current.close()} />
      </header>
      <div class="whole">
        <${Picture} alt=${`Image ${index + 1}`} ...${picture} />
      </div>
      <div class="below">
        ${images.length > 1 &&
        html`<${IconButton} icon="left" label="Previous image (←)" onClick=${() => step(-1)} />
          <${IconButton} icon="right" label="Next image (→)" onClick=${() => step(1)} />`}
        <span class="grow address" title=${address}>${address}</span>
        <label title="How closely the model looks, where its endpoint lets you choose. Default is not sent.">
          Detail
          <select value=${part.image_url.detail ?? ""} onChange=${(event) => setDetail(event.target.value)}>
            ${DETAILS.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
          </select>
        </label>
      </div>
    </div>
  </dialog>`;
}

function withDetail(part, detail) {
  const { detail: _, ...rest } = part.image_url;
  return { ...part, image_url: detail ? { ...rest, detail } : rest };
}
