// How long a piece of work still takes, judged by what was done of it so far.
const SOON = 1.5; // seconds before anything is said

/** Seconds left of { done, total }, of which `from` ({ done, at }) was done when it began; null where that can't be told yet. */
export function secondsLeft({ done, total }, from, now) {
  const passed = (now - from.at) / 1000;
  const grown = done - from.done;
  if (!total || passed < SOON || grown <= 0) return null;
  return ((total - done) * passed) / grown;
}

/** "about 40 s left", or "" for null. */
export function leftText(seconds) {
  if (seconds == null) return "";
  if (seconds < 1) return "almost done";
  return `about ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`} left`;
}

/** Where a piece of work stood when it was first heard of: `from`, or the start of another piece. */
export const begun = (from, { message, done }, now) => (from?.message === message ? from : { message, done: done ?? 0, at: now });

/** "Downloading owner/name 12 MB of 270 MB, about 40 s left". */
export function progressText({ message, done, total }, from, now) {
  if (!total) return message;
  const left = leftText(secondsLeft({ done: done ?? 0, total }, from, now));
  return `${message} ${count(done ?? 0)} of ${count(total)}${left && `, ${left}`}`;
}

const count = (number) => (number >= 1e6 ? `${(number / 1e6).toFixed(0)} MB` : String(number));
