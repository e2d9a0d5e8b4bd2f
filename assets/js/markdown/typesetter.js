// Asks the worker of markup-worker.js for one text after the other, and ends it when it takes too long.

const WORKING = 2_000; // milliseconds that a text may take; no honest one takes a tenth
const LOADING = 20_000; // milliseconds that the scripts may take to come

/**
 * `startWorker` gives a Worker. The function returned takes a text and resolves to its HTML, or to null for a text that
 * is not to be typeset; it rejects when the worker or its scripts did not come, and the next text tries again.
 */
export function makeTypesetter(startWorker, { working = WORKING, loading = LOADING } = {}) {
  let worker = null;
  let before = Promise.resolve();

  const ask = (text) =>
    new Promise((resolve, reject) => {
      worker ??= startWorker();
      let timer;
      const end = (settle, value) => {
        clearTimeout(timer);
        worker.terminate();
        worker = null;
        settle(value);
      };
      const wait = (milliseconds, settle, value) => {
        clearTimeout(timer);
        timer = setTimeout(end, milliseconds, settle, value);
      };
      const absent = new Error("the scripts for Markdown could not be loaded");
      worker.onerror = () => end(reject, absent);
      worker.onmessage = ({ data }) => {
        if (data.state === "working") return wait(working, resolve, null);
        if (data.state === "loading") return wait(loading, reject, absent);
        clearTimeout(timer);
        return resolve(data.html);
      };
      wait(loading, reject, absent);
      worker.postMessage(text);
    });

  return (text) => {
    const asked = before.then(() => ask(text));
    before = asked.catch(() => null);
    return asked;
  };
}
