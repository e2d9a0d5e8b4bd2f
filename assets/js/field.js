// Text fields that grow with their text and keep every character of it.
import { html, useLayoutEffect, useRef } from "./dom.js";
import { caretAfter, hasEndlessLine, kept, shown } from "./document/exact.js";

const NATIVE = CSS.supports("field-sizing", "content");

/** Fit a textarea's height to its text, where the browser does not do it by itself. */
function grow(field) {
  if (!field || NATIVE) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

/** Mark a field before a line comes in that it should be marked for: the browser lays it out before anybody is told. */
export function expectEndless({ target, data }) {
  if (hasEndlessLine(data ?? "")) target.dataset.endless = "true";
}

/**
 * A text field. `text` is kept exactly, its line ends included (exact.js); `onText(text)` gets the new one. `focus`
 * puts the caret into it when it is first drawn. Other props go to the textarea.
 */
export function TextField({ text, onText, onPaste, focus = false, ...rest }) {
  const field = useRef(null);
  const typed = useRef(null); // what the user has typed here, to tell it from a change that comes from elsewhere
  const pasted = useRef(null);
  const there = shown(text);
  const caret = field.current?.selectionEnd ?? 0; // before the new text is put in
  useLayoutEffect(() => {
    grow(field.current);
    const elsewhere = typed.current !== null && typed.current !== there;
    if (elsewhere && document.activeElement === field.current) {
      const place = caretAfter(typed.current, there, caret);
      field.current.setSelectionRange(place, place);
    }
    typed.current = there;
  }, [there]);
  useLayoutEffect(() => {
    if (!focus) return;
    field.current.focus({ preventScroll: true });
    field.current.scrollIntoView({ block: "nearest" });
  }, []);
  return html`<textarea
    ref=${field}
    rows="1"
    value=${there}
    data-endless=${hasEndlessLine(there) || undefined}
    onBeforeInput=${expectEndless}
    onPaste=${(event) => {
      pasted.current = event.clipboardData.getData("text/plain");
      onPaste?.(event);
    }}
    onInput=${(event) => {
      const { value, selectionEnd } = event.target;
      const paste = event.inputType === "insertFromPaste" ? pasted.current : null;
      pasted.current = null;
      typed.current = value;
      onText(kept(text, value, selectionEnd, paste));
    }}
    ...${rest}
  ></textarea>`;
}
