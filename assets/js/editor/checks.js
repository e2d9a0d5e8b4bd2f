// What the worker of check-worker.js says of answers and arguments, kept as long as they stand.
import { makeAsker } from "../asker.js";
import { useEffect, useRef, useState } from "../dom.js";

const LIMIT = 1_000; // milliseconds that a check may take; an honest one takes a hundredth
const ask = makeAsker(() => new Worker(new URL("check-worker.js", import.meta.url), { type: "module" }), { working: LIMIT });
const kept = new WeakMap(); // owner -> { key, result }

/**
 * The result of a check ({ kind, … } as the worker takes it), or null while there is none: `late` where it took too long,
 * `lost` where the worker did not come. It is kept with its `owner`, a message or call, which are never changed. Until a
 * new owner at the same `place` is checked, what was said of the one before stands.
 */
export function useCheck(asked, { owner, place, late, lost }) {
  const { text: _, ...about } = asked ?? {}; // the text is the owner's
  const key = JSON.stringify(about);
  const [, draw] = useState(0);
  const before = useRef(null);
  const fresh = asked && kept.get(owner)?.key === key;
  useEffect(() => {
    if (!asked || fresh) return undefined;
    let here = true;
    const keep = (result) => {
      if (!here) return;
      kept.set(owner, { key, result });
      draw((count) => count + 1);
    };
    ask(asked, () => here).then((result) => keep(result ?? late), () => keep(lost));
    return () => {
      here = false;
    };
  }, [owner, key]);
  if (fresh) before.current = { place, result: kept.get(owner).result };
  return asked && before.current?.place === place ? before.current.result : null;
}
