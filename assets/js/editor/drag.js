// Dragging a row by its handle. The line that shows where it would land follows the pointer; Escape takes it back.
import { moveTo } from "../session/edits.js";

const EDGE = 48; // pixels from the list's edge within which it scrolls
const SPEED = 12; // pixels a frame

export function dragRow(event, pane, row) {
  if (event.button !== 0) return;
  const handle = event.currentTarget;
  const item = handle.closest("li");
  const list = item.parentElement;
  const scroller = list.closest(".conversation");
  const line = document.createElement("div");
  line.className = "drop-line";
  let before = row.id;
  let pointer = event.clientY;
  let frame = 0;

  const look = () => {
    const items = [...list.children].filter((child) => child.matches("li"));
    const below = items.find((other) => middle(other) > pointer) ?? null;
    before = below ? below.dataset.row : null;
    const edge = below ? below.getBoundingClientRect().top : items.at(-1).getBoundingClientRect().bottom;
    line.style.top = `${edge - list.getBoundingClientRect().top}px`;
  };
  const scroll = () => {
    const box = scroller.getBoundingClientRect();
    if (pointer < box.top + EDGE) scroller.scrollTop -= SPEED;
    else if (pointer > box.bottom - EDGE) scroller.scrollTop += SPEED;
    look();
    frame = requestAnimationFrame(scroll);
  };
  const moveHand = (moved) => {
    pointer = moved.clientY;
    if (!line.isConnected && Math.abs(pointer - event.clientY) > 4) {
      item.dataset.dragged = "true";
      list.append(line);
      frame = requestAnimationFrame(scroll);
    }
  };
  const end = (place) => {
    cancelAnimationFrame(frame);
    const dragged = line.isConnected;
    line.remove();
    delete item.dataset.dragged;
    handle.removeEventListener("pointermove", moveHand);
    handle.removeEventListener("pointerup", drop);
    handle.removeEventListener("pointercancel", leave);
    document.removeEventListener("keydown", escape, true);
    const stays = before === row.id || before === (item.nextElementSibling?.dataset?.row ?? null);
    if (place && dragged && !stays) moveTo(pane, row, before);
  };
  const drop = () => end(true);
  const leave = () => end(false);
  const escape = (key) => {
    if (key.key !== "Escape") return;
    key.preventDefault();
    key.stopPropagation();
    leave();
  };
  handle.setPointerCapture(event.pointerId);
  handle.addEventListener("pointermove", moveHand);
  handle.addEventListener("pointerup", drop);
  handle.addEventListener("pointercancel", leave);
  document.addEventListener("keydown", escape, true);
}

function middle(item) {
  const { top, height } = item.getBoundingClientRect();
  return top + height / 2;
}
