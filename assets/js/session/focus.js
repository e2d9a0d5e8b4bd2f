// The focus stays where the user works. What has it may go away by its own act (a row that is deleted, an answer made
// again, an arrow that has come to its end); then it goes to what stands there now.

let last = null; // { element, pane, row, place }: what had the focus, and where it stood

/** Keep an eye on the focus; `changes(listener)` calls the listener after each change of the page. */
export function keepFocus(changes) {
  document.addEventListener("focusin", ({ target }) => (last = whereIs(target)));
  document.addEventListener("pointerdown", ({ target }) => target.closest(FOCUSABLE) || (last = null)); // let go by the user
  let frames = 0; // still to look at
  const look = () => {
    if (last && document.activeElement === document.body) restore(last);
    if (--frames) requestAnimationFrame(look);
  };
  changes(() => {
    if (!frames) requestAnimationFrame(look);
    // The page is drawn in the first frame; a button that it disabled loses the focus one or two after that. Counted
    // anew by each change: while an answer streams, the change that takes the focus away is one of many.
    frames = FRAMES;
  });
}

const FRAMES = 4;

const FOCUSABLE = "button, input, textarea, select, summary, a, label, [tabindex], dialog";

const isGone = (element) => !element.isConnected || element.disabled || !element.checkVisibility();

function whereIs(element) {
  const row = element.closest("li[data-row]");
  const pane = element.closest(".pane");
  const place = row ? [...row.parentElement.children].indexOf(row) : -1;
  return { element, pane: pane?.dataset.pane, row: row?.dataset.row, place };
}

function restore({ element, pane, row, place }) {
  if (!isGone(element)) return element.focus({ preventScroll: true });
  const home = document.querySelector(`[data-pane="${pane}"]`) ?? document.querySelector(".pane[data-active=true]");
  const rows = [...(home?.querySelectorAll("li[data-row]") ?? [])];
  const same = rows.find((other) => other.dataset.row === row) ?? (place < 0 ? null : rows[Math.min(place, rows.length - 1)]);
  const field = same?.querySelector(".body textarea, .shown, .collapsed") ?? document.querySelector("#composer textarea");
  return field?.focus({ preventScroll: true });
}
