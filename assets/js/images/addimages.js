// The button that adds pictures, and its panel: files, a URL, and how large a picture may be.
import { html, Icon, useLayoutEffect, useRef, useState } from "../dom.js";
import { chooseImages, imageSide, urlPart } from "./images.js";
import { getState, patch, update } from "../session/store.js";

const SIDES = [512, 768, 1024, 1568, 2048];
const MARGIN = 8; // pixels between the panel and the window's edge
const ROOM = 240; // pixels that the panel needs at most

/** A button that opens a panel for adding pictures. `blind`: why the model takes none, or nothing. onAdd(parts). */
export function AddImages({ blind, onAdd, compact = false }) {
  const button = useRef(null);
  const panel = useRef(null);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    button.current.popoverTargetElement = panel.current;
  }, []);
  const close = () => panel.current.hidePopover();
  const label = blind ? `Add images: ${blind}` : "Add images";
  return html`<button
      ref=${button}
      type="button"
      class=${`icon-button ${compact ? "compact" : ""}`}
      title=${label}
      aria-label=${label}
      aria-haspopup="dialog"
      disabled=${Boolean(blind)}
    >
      <${Icon} name="image" />
    </button>
    <div
      ref=${panel}
      class="add-images"
      popover="auto"
      role="dialog"
      aria-label="Add images"
      tabindex="-1"
      onBeforeToggle=${(event) => {
        if (event.newState !== "open") return;
        place(panel.current, button.current);
        setOpen(true);
      }}
      onToggle=${(event) => {
        if (event.newState === "open") panel.current.querySelector("button")?.focus();
        else setOpen(false); // only now: the browser hands the focus back from what is in the panel
      }}
      onKeyDown=${(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      ${open && html`<${AddPanel} onAdd=${onAdd} close=${close} />`}
    </div>`;
}

/** Put the panel below its button, or above where there is more room. */
function place(panel, button) {
  const box = button.getBoundingClientRect();
  const { innerWidth, innerHeight } = window;
  const width = Math.min(300, innerWidth - 2 * MARGIN);
  const above = innerHeight - box.bottom < ROOM && box.top > innerHeight - box.bottom;
  const left = Math.max(MARGIN, Math.min(box.left, innerWidth - width - MARGIN));
  const edge = above ? { bottom: `${innerHeight - box.top + 4}px` } : { top: `${box.bottom + 4}px` };
  Object.assign(panel.style, { width: `${width}px`, left: `${left}px`, top: "auto", bottom: "auto", ...edge });
}

function AddPanel({ onAdd, close }) {
  const [url, setUrl] = useState("");
  const [problem, setProblem] = useState(null);
  const choose = async () => {
    close();
    const parts = await chooseImages((notice) => patch({ notice }));
    if (parts.length) onAdd(parts);
  };
  const add = async (event) => {
    event.preventDefault();
    try {
      onAdd([await urlPart(url)]);
      close();
    } catch (error) {
      setProblem(error.message);
    }
  };
  return html`<button type="button" class="choose" onClick=${choose}><${Icon} name="image" />Choose files</button>
    <form onSubmit=${add} novalidate>
      <label>
        Picture URL
        <input
          inputmode="url"
          autocomplete="off"
          spellcheck=${false}
          placeholder="https://… or data:image/…"
          aria-invalid=${problem ? "true" : undefined}
          value=${url}
          onInput=${(event) => {
            setUrl(event.target.value);
            setProblem(null);
          }}
        />
      </label>
      <button type="submit">Add</button>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    </form>
    <${LongestSide} />`;
}

function LongestSide() {
  const [side, setSide] = useState(imageSide());
  const sides = [...new Set([...SIDES, side, getState().boot.image_side])].filter(Boolean).sort((a, b) => a - b);
  const choose = (event) => {
    const chosen = Number(event.target.value);
    setSide(chosen);
    update((current) => ({ ...current, imageSide: chosen }));
  };
  return html`<label>
      Longest side
      <select value=${side} onChange=${choose}>
        ${sides.map((pixels) => html`<option key=${pixels} value=${pixels}>${pixels} px</option>`)}
        <option key="0" value="0">full size</option>
      </select>
    </label>
    <p class="help">
      Files lose their location and other metadata as they are added, and larger ones are scaled down. A web
      address is sent as it is.
    </p>`;
}
