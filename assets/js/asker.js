// Asks a worker one thing after the other, and ends it when it takes too long: the page goes on, whatever it was asked.

const WORKING = 2_000; // milliseconds that an answer may take
const LOADING = 20_000; // milliseconds that the scripts may take to come

/**
 * `startWorker` gives a Worker that says { state: "working" } when time counts, "loading" when it does not, and last
 * { state: "done", result }. The function returned takes a message and resolves to its result, or to null where that took
 * too long; it rejects when the worker or its scripts did not come, and the next message tries again. What is not
 * `wanted()` any more when its turn comes is not asked: undefined.
 */
export function makeAsker(startWorker, { working = WORKING, loading = LOADING } = {}) {
  let worker = null;
  let before = Promise.resolve();

  const ask = (message) =>
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
      const absent = new Error("the worker's scripts could not be loaded");
      worker.onerror = () => end(reject, absent);
      worker.onmessage = ({ data }) => {
        if (data.state === "working") return wait(working, resolve, null);
        if (data.state === "loading") return wait(loading, reject, absent);
        clearTimeout(timer);
        return resolve(data.result);
      };
      wait(loading, reject, absent);
      worker.postMessage(message);
    });

  return (message, wanted = () => true) => {
    const asked = before.then(() => (wanted() ? ask(message) : undefined));
    before = asked.catch(() => null);
    return asked;
  };
}
