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
