// What can be told of a picture from its bytes or its URL alone; pure functions.

const UNITS = [
  [1e6, "MB"],
  [1e3, "KB"],
];

/** 240_123 -> "240 KB"; steps of 1000. */
export function sizeText(bytes) {
  const [unit, name] = UNITS.find(([least]) => bytes >= least * 0.9995) ?? [1, "B"];
  const count = bytes / unit;
  return `${count < 9.95 && unit > 1 ? count.toFixed(1) : Math.round(count)} ${name}`;
}

/** How many bytes the picture of a base64 data URL has; null for any other URL. */
export function bytesOf(url) {
  const comma = url.startsWith("data:") ? url.indexOf(",") : -1;
  if (comma < 0 || !url.slice(0, comma).endsWith(";base64")) return null;
  const padding = url.endsWith("==") ? 2 : url.endsWith("=") ? 1 : 0;
  return ((url.length - comma - 1) * 3) / 4 - padding;
}

/** What is said below a picture: its pixels, its bytes or the host it comes from, and a detail that is sent. */
export function factsOf({ image_url: { url, detail } }, pixels) {
  const bytes = bytesOf(url);
  const place = bytes === null ? hostOf(url) : sizeText(bytes);
  const size = pixels?.width ? `${pixels.width}×${pixels.height}` : null;
  return [size, place, detail && `detail ${detail}`].filter(Boolean).join(" · ");
}

function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}

/** The size in which a picture is kept: its long side is at most `side` pixels; 0 means as it is. */
export function fit({ width, height }, side) {
  const scale = side ? Math.min(1, side / Math.max(width, height)) : 1;
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The list with the item at `from` moved to `to`. */
export function moved(list, from, to) {
  const rest = list.filter((_, place) => place !== from);
  return [...rest.slice(0, to), list[from], ...rest.slice(to)];
}

/** Index of the box whose middle is nearest to a point. */
export function nearest(boxes, x, y) {
  const away = boxes.map((box) => Math.hypot(box.left + box.width / 2 - x, box.top + box.height / 2 - y));
  return away.indexOf(Math.min(...away));
}

// --- bytes -----------------------------------------------------------------------------------------

const latin = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

const BEGINNINGS = [
  ["png", /^\x89PNG/],
  ["jpeg", /^\xff\xd8\xff/],
  ["gif", /^GIF8/],
  ["webp", /^RIFF[^]{4}WEBP/],
  ["avif", /^[^]{4}ftyp[^]{0,24}avi[fs]/],
  ["heic", /^[^]{4}ftyp(hei|hev|mif1|msf1)/],
  ["svg", /^(\xef\xbb\xbf)?\s*<(svg|\?xml|!--|!doctype svg)/i],
];

/** The picture's format by its first bytes, whatever its name says; null for one not in this table. */
export function formatOf(bytes) {
  const start = latin(bytes, 0, 64);
  return BEGINNINGS.find(([, pattern]) => pattern.test(start))?.[0] ?? null;
}

const FRAME = /\x00\x21\xf9\x04[^]{4}\x00[\x2c\x21]/g; // the control block before each frame of a GIF

/** Whether a picture has more than one frame. */
export function isAnimated(bytes, format) {
  if (format === "webp") return latin(bytes, 12, 16) === "VP8X" && (bytes[20] & 2) !== 0;
  const text = new TextDecoder("latin1").decode(bytes);
  if (format === "png") return text.split("IDAT", 1)[0].includes("acTL");
  return format === "gif" && (text.match(FRAME) ?? []).length > 1;
}

const [START, END, SCAN] = [0xd8, 0xd9, 0xda];
const isRestart = (marker) => marker >= 0xd0 && marker <= 0xd7;
const isNote = (marker) => marker === 0xfe || (marker >= 0xe1 && marker <= 0xef);
const isPicture = (marker) =>
  marker === 0xe0 || (marker >= 0xc0 && marker <= 0xdf && marker !== START && !isRestart(marker));

/** Whether a segment says how the pixels are to be read: turned, a colour profile, four colours, a thumbnail. */
function governs(bytes, at, marker, length) {
  if (marker === 0xe0) return length > 16 || latin(bytes, at + 4, at + 8) !== "JFIF";
  if (marker >= 0xc0 && marker <= 0xc2) return bytes[at + 9] > 3;
  return isNote(marker) && /^(Exif|ICC_PROFILE|Adobe)/.test(latin(bytes, at + 4, at + 16));
}

/**
 * A JPEG without its metadata, its pixels untouched; null where metadata says how to read the pixels, or where the
 * segments are not as ISO/IEC 10918-1 has them. What follows the end of the picture goes too.
 */
export function plainJpeg(bytes) {
  if (bytes[0] !== 0xff || bytes[1] !== START) return null;
  const kept = [bytes.subarray(0, 2)];
  for (let at = 2; at + 1 < bytes.length; ) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || !(isPicture(marker) || isNote(marker))) return null;
    if (marker === END) return joined([...kept, bytes.subarray(at, at + 2)]);
    const length = bytes[at + 2] * 256 + bytes[at + 3];
    if (!(length >= 2) || governs(bytes, at, marker, length)) return null;
    const end = marker === SCAN ? scanEnd(bytes, at + 2 + length) : at + 2 + length;
    if (!isNote(marker)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return null;
}

/** Where the pixels of a scan that begin at `at` end: at the next marker that is no restart. */
function scanEnd(bytes, at) {
  let end = at;
  while (end < bytes.length && (bytes[end] !== 0xff || bytes[end + 1] === 0 || isRestart(bytes[end + 1]))) end += 1;
  return end;
}

function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
