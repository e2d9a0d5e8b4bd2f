// Questions that follow what a user types: one at a time, and of those that come meanwhile only the latest is asked.

/** A function that asks: `done(answer, question)` gets each answer, and `ask` never runs twice at the same time. */
export function latestOnly(ask, done) {
  let busy = false;
  let waiting = null; // { question }
  const go = async (question) => {
    busy = true;
    const answer = await ask(question);
    busy = false;
    const next = waiting;
    waiting = null;
    if (next) go(next.question);
    done(answer, question);
  };
  return (question) => {
    if (busy) waiting = { question };
    else go(question);
  };
}
