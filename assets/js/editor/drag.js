// Dragging a row by its handle. The line that shows where it would land follows the pointer; Escape takes it back.
import { moveTo } from "../session/edits.js";

const EDGE = 48; // pixels from the list's edge within which it scrolls
const SPEED = 12; // pixels a frame
const BEGIN = 4; // pixels that the pointer moves before it drags

export const dragRow = (event, pane, row) => event.button === 0 && new Drag(event, pane, row);

class Drag {
  constructor(event, pane, row) {
    Object.assign(this, { pane, row, handle: event.currentTarget, start: event.clientY, pointer: event.clientY, before: row.id });
    this.item = this.handle.closest("li");
    this.list = this.item.parentElement;
    this.scroller = this.list.closest(".conversation");
    this.line = Object.assign(document.createElement("div"), { className: "drop-line" });
    this.ends = new AbortController(); // takes all listeners with it
    const on = (target, name, act, capture = false) => target.addEventListener(name, act, { signal: this.ends.signal, capture });
    on(this.handle, "pointermove", (moved) => this.follow(moved.clientY));
    on(this.handle, "pointerup", () => this.drop());
    on(this.handle, "lostpointercapture", () => this.end());
    on(document, "keydown", (key) => key.key === "Escape" && this.leave(key), true);
    this.handle.setPointerCapture(event.pointerId);
  }

  follow(place) {
    this.pointer = place;
    if (this.line.isConnected || Math.abs(place - this.start) <= BEGIN) return;
    this.item.dataset.dragged = "true";
    this.list.append(this.line);
    this.frame();
  }

  /** Every frame: scroll at the edges, and put the line where the row would land. */
  frame = () => {
    if (!this.item.isConnected) return this.end();
    const box = this.scroller.getBoundingClientRect();
    if (this.pointer < box.top + EDGE) this.scroller.scrollTop -= SPEED;
    else if (this.pointer > box.bottom - EDGE) this.scroller.scrollTop += SPEED;
    const items = [...this.list.querySelectorAll("li[data-row]")];
    const below = items.find((other) => middle(other) > this.pointer);
    this.before = below?.dataset.row ?? null;
    const edge = below ? below.getBoundingClientRect().top : items.at(-1).getBoundingClientRect().bottom;
    this.line.style.top = `${edge - this.list.getBoundingClientRect().top}px`;
    this.next = requestAnimationFrame(this.frame);
    return undefined;
  };

  drop() {
    const { line, item, before, pane, row } = this;
    const dragged = line.isConnected;
    const below = item.nextElementSibling?.dataset?.row ?? null;
    this.end();
    if (dragged && before !== row.id && before !== below) moveTo(pane, row, before);
  }

  leave(key) {
    key.preventDefault();
    key.stopPropagation();
    this.end();
  }

  end() {
    cancelAnimationFrame(this.next);
    this.ends.abort();
    this.line.remove();
    delete this.item.dataset.dragged;
  }
}

function middle(item) {
  const { top, height } = item.getBoundingClientRect();
  return top + height / 2;
}
