// Text fields that grow with their text.
const NATIVE = CSS.supports("field-sizing", "content");

/** Fit a textarea's height to its text, where the browser does not do it by itself. */
export function grow(field) {
  if (!field || NATIVE) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
