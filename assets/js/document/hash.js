// A short number for a text (FNV-1a, 32 bits): to recognise it again, not to keep it secret.
export function hashOf(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
