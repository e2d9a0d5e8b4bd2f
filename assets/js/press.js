// What waits for the pointer to be let go: a page that moves between press and release swallows the click.

let pressed = false;
let waiting = [];

export function watchPresses() {
  document.addEventListener("pointerdown", () => (pressed = true), true);
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, release, true);
}

function release() {
  pressed = false;
  setTimeout(() => {
    const due = waiting; // the click comes after the release, and before these
    waiting = [];
    due.forEach((act) => act());
  });
}

/** Act now, or once the pointer that is down has been let go. */
export const whenReleased = (act) => (pressed ? void waiting.push(act) : act());
