// Edits of rows as the page makes them: each reaches the panes it should, becomes a step, and keeps the focus.
import { placeOf, showVariant } from "../document/answers.js";
import { cutAfter, duplicateOf, insertAfter, makeRow, mark, move, moveBefore, remove } from "../document/conversation.js";
import { newId, openCall } from "../document/message.js";
import { getState, offerUndo, update } from "./store.js";
import { addRow, changeRows, editRow, editRows, paneAt } from "../document/workspace.js";

let next = null; // what takes the focus once it is drawn: a row's id, with a suffix for a part of it

export const focusOn = (what) => {
  next = what;
};

/** Whether this is what takes the focus; asking uses it up. */
export function takesFocus(what) {
  if (next !== what) return false;
  next = null;
  return true;
}

/** Edit a row by `change(rows, id)`, and its twins in synced panes. Edits with the same `as` in a row are one step. */
export const edit = (pane, row, change, as = null) =>
  update((current) => editRow(current, pane, row, change), { as: as && `${as} ${row.id}` });

/** Change what the page shows of one row, in this pane alone. */
export const show = (pane, row, marks) =>
  update((current) => changeRows(current, paneAt(current, pane), (rows) => mark(rows, row.id, marks)), { silent: true });

/** Insert a message below `above`, or above `below`, or at the end, and write in it. */
export function insertRow(pane, above, below, role) {
  update((current) => {
    const { rows } = current.panes[paneAt(current, pane)];
    const place = above ? placeOf(rows, above.id) + 1 : below ? placeOf(rows, below.id) : rows.length;
    const made = makeRow(role, "", role === "tool" ? openCall(rows, place) : undefined);
    focusOn(made.id);
    return addRow(current, pane, place, made);
  });
}

/** An answer is each pane's own, and so is its duplicate. */
export function duplicate(pane, row) {
  const link = newId();
  if (row.generated) {
    return update((current) => changeRows(current, paneAt(current, pane), (rows) => insertAfter(rows, row.id, duplicateOf(row, link))));
  }
  return update((current) =>
    editRows(current, pane, row.message.role, (rows, here) => {
      const twin = rows.find((other) => other.id === here(row.id));
      return twin ? insertAfter(rows, twin.id, duplicateOf(twin, link)) : rows;
    }),
  );
}

export function moveRow(pane, row, step) {
  holdFocus(() => update((current) => editRows(current, pane, row.message.role, (rows, here) => move(rows, here(row.id), step))));
}

/** Move a row to stand above row `before`; to the end if that is null. */
export function moveTo(pane, row, before) {
  holdFocus(() =>
    update((current) =>
      editRows(current, pane, row.message.role, (rows, here) => {
        const target = before && here(before);
        return before && !target ? rows : moveBefore(rows, here(row.id), target);
      }),
    ),
  );
}

/** Moving a row takes its element out of the page for a moment, and with it the focus. */
function holdFocus(act) {
  const focused = document.activeElement;
  act();
  requestAnimationFrame(() => focused?.isConnected && document.activeElement !== focused && focused.focus({ preventScroll: true }));
}

export function removeRow(pane, row) {
  const step = update((current) =>
    editRows(current, pane, row.message.role, (rows, here) => remove(rows, here(row.id))),
  );
  offerUndo("Message deleted.", step);
}

export function removeBelow(pane, row) {
  const rows = getState().workspace.panes[paneAt(getState().workspace, pane)].rows;
  const count = rows.length - 1 - placeOf(rows, row.id);
  const step = update((current) =>
    editRows(current, pane, "user", (there, here) => cutAfter(there, here(row.id))),
  );
  offerUndo(`${count} ${count === 1 ? "message" : "messages"} deleted.`, step);
}

export const showAnswer = (pane, row, index) =>
  update((current) => changeRows(current, paneAt(current, pane), (rows) => showVariant(rows, row.id, index)));

/** Give the focus to the row at this place, or to the last one, once it is drawn. */
export function focusRow(pane, index) {
  requestAnimationFrame(() => {
    const rows = document.querySelectorAll(`[data-pane="${pane}"] li[data-row]`);
    const row = rows[Math.min(index, rows.length - 1)];
    (row?.querySelector("textarea, .shown") ?? document.querySelector("#composer textarea"))?.focus();
  });
}
