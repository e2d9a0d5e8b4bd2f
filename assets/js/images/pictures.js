// The pictures of a message: shown small with their facts, enlarged, put in order, taken away; and the way to add some.
import { html, Icon, useLayoutEffect, useRef, useState } from "../dom.js";
import { Enlarged, Picture, usePixels } from "./enlarged.js";
import { factsOf, moved, nearest } from "./imagefacts.js";
import { announce } from "../session/store.js";

export { AddImages } from "./addimages.js";
export { dropImages, pastedImages } from "./images.js";

const DRAG_FROM = 6; // pixels that a pointer moves before it drags

/**
 * The pictures of a message, or nothing. `images` are parts { type: "image_url", image_url: { url, detail? } };
 * onChange(images) gets the new list.
 */
export function Thumbs({ images, onChange, label = "Images" }) {
  const list = useRef(null);
  const focusNext = useRef(null); // selector of what has the focus once the change is drawn
  const [shown, setShown] = useState(null);
  const focus = (kind, index) => (focusNext.current = `li:nth-child(${index + 1}) ${kind}`);
  useLayoutEffect(() => {
    if (focusNext.current) list.current?.querySelector(focusNext.current)?.focus();
    focusNext.current = null;
  });
  const move = (from, to) => {
    if (to < 0 || to >= images.length || to === from) return;
    focus(".thumb", to);
    onChange(moved(images, from, to));
    announce(`Image ${from + 1} is now image ${to + 1} of ${images.length}.`);
  };
  const remove = (index, kind) => {
    if (images.length === 1) textFieldNear(list.current)?.focus();
    else focus(kind, Math.min(index, images.length - 2));
    onChange(images.filter((_, place) => place !== index));
    announce(`Image ${index + 1} removed.`);
  };
  const [drag, dragging] = useDrag(list, move);
  if (!images.length) return null;
  return html`<ul class="thumbs" ref=${list} aria-label=${label}>
      ${images.map(
        (part, index) =>
          html`<${Thumb}
            key=${index}
            part=${part}
            index=${index}
            count=${images.length}
            drag=${drag}
            dragging=${dragging(index)}
            onOpen=${() => setShown(index)}
            onMove=${(step) => move(index, index + step)}
            onRemove=${(kind) => remove(index, kind)}
          />`,
      )}
    </ul>
    ${images[shown] &&
    html`<${Enlarged}
      images=${images}
      index=${shown}
      onShow=${setShown}
      onChange=${onChange}
      onClose=${() => {
        focus(".thumb", shown);
        setShown(null);
      }}
    />`}`;
}

function textFieldNear(element) {
  let around = element;
  while (around && !around.querySelector("textarea")) around = around.parentElement;
  return around?.querySelector("textarea");
}

function Thumb({ part, index, count, drag, dragging, onOpen, onMove, onRemove }) {
  const [pixels, picture] = usePixels(part.image_url.url);
  const facts = factsOf(part, pixels);
  const told = [`Image ${index + 1} of ${count}`, facts, picture.failed && "cannot be shown"].filter(Boolean).join(", ");
  const carried = drag?.from === index;
  const place = drag && !carried && drag.to === index ? (drag.from < index ? "after" : "before") : undefined;
  const onKeyDown = (event) => {
    if (event.key === "Escape" && drag) {
      event.preventDefault();
      event.stopPropagation();
      return dragging.onPointerCancel();
    }
    const step = event.altKey ? { ArrowLeft: -1, ArrowRight: 1 }[event.key] : null;
    if (!step && event.key !== "Delete") return undefined;
    event.preventDefault();
    event.stopPropagation();
    return step ? onMove(step) : onRemove(".thumb");
  };
  const style = carried ? { translate: `${drag.x}px ${drag.y}px` } : {};
  return html`<li data-place=${place} data-carried=${carried} style=${style}>
    <button
      type="button"
      class="thumb"
      title=${count > 1 ? "Enlarge (drag, or Alt + ← →, to move)" : "Enlarge"}
      aria-label=${`${told}. Enlarge`}
      aria-keyshortcuts="Alt+ArrowLeft Alt+ArrowRight Delete"
      onClick=${onOpen}
      onKeyDown=${onKeyDown}
      ...${dragging}
    >
      <${Picture} alt="" ...${picture} />
    </button>
    <button
      type="button"
      class="remove"
      title="Remove"
      aria-label=${`Remove image ${index + 1}`}
      onClick=${() => onRemove(".remove")}
    >
      <${Icon} name="close" />
    </button>
    <small aria-hidden="true" title=${facts}>${facts}</small>
  </li>`;
}

/** [drag, dragging(index)]: { from, to, x, y } of the picture on its way or null, and properties for each one. */
function useDrag(list, onMove) {
  const start = useRef(null);
  const dropped = useRef(false); // the click that ends a drag opens nothing
  const [drag, setDrag] = useState(null);
  const stop = () => {
    dropped.current ||= Boolean(drag);
    start.current = null;
    setDrag(null);
  };
  const dragging = (from) => ({
    onPointerDown: (event) => {
      dropped.current = false;
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const boxes = [...list.current.children].map((item) => item.getBoundingClientRect());
      start.current = { x: event.clientX, y: event.clientY, boxes };
    },
    onPointerMove: (event) => {
      if (!start.current) return;
      const [x, y] = [event.clientX - start.current.x, event.clientY - start.current.y];
      if (!drag && Math.hypot(x, y) < DRAG_FROM) return;
      setDrag({ from, to: nearest(start.current.boxes, event.clientX, event.clientY), x, y });
    },
    onPointerUp: () => {
      if (drag) onMove(from, drag.to);
      stop();
    },
    onPointerCancel: stop,
    onClickCapture: (event) => dropped.current && event.detail > 0 && event.stopImmediatePropagation(),
  });
  return [drag, dragging];
}
