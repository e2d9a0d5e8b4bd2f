// Measures the page from inside: an init script, so that it is there before the page's own.
//
// "Painted" is the first task after the next frame: the message that a frame's callback posts is handled once that
// frame's style, layout and paint are done. Two frames' callbacks in a row would add a whole idle frame to everything,
// and Event Timing rounds to 8 ms and tells nothing below 16.
(() => {
  const frame = window.requestAnimationFrame.bind(window);
  const painted = () =>
    new Promise((resolve) =>
      frame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          port1.close();
          resolve(performance.now());
        };
        port2.postMessage(null);
      }),
    );

  // --- what is left behind -----------------------------------------------------------------------
  const timers = new Set();
  let frames = 0; // how often the page has asked for one
  const { setTimeout, setInterval, clearTimeout, clearInterval } = window;
  window.setTimeout = (work, pause, ...rest) => {
    const id = setTimeout(
      (...given) => {
        timers.delete(id);
        return typeof work === "function" ? work(...given) : undefined;
      },
      pause,
      ...rest,
    );
    timers.add(id);
    return id;
  };
  window.setInterval = (...given) => {
    const id = setInterval(...given);
    timers.add(id);
    return id;
  };
  window.clearTimeout = window.clearInterval = (id) => {
    timers.delete(id);
    clearTimeout(id);
    clearInterval(id);
  };
  window.requestAnimationFrame = (work) => {
    frames += 1;
    return frame(work);
  };

  // --- edits -------------------------------------------------------------------------------------
  const typed = []; // milliseconds from a key to its character's paint
  let pressed = 0;
  document.addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  document.addEventListener(
    "input",
    async (event) => {
      if (event.target.tagName !== "TEXTAREA") return;
      const start = pressed;
      typed.push((await painted()) - start);
    },
    true,
  );

  const isRow = (node) => node.matches?.("li[data-row]");
  const changesRows = ({ attributeName, target, addedNodes, removedNodes }) =>
    attributeName ? isRow(target) : [...addedNodes, ...removedNodes].some(isRow);

  /** Milliseconds from a click, choice or key to the paint of rows that came, went, moved or changed their role. */
  const edit = () => {
    let start = null;
    const events = ["click", "change", "keydown"];
    const begin = (event) => (start = event.timeStamp);
    for (const name of events) document.addEventListener(name, begin, true);
    probe.edited = new Promise((resolve) => {
      const watch = new MutationObserver(async (records) => {
        if (start === null || !records.some(changesRows)) return;
        watch.disconnect();
        for (const name of events) document.removeEventListener(name, begin, true);
        resolve((await painted()) - start);
      });
      watch.observe(document, { subtree: true, childList: true, attributeFilter: ["data-role"] });
    });
  };

  // --- runs --------------------------------------------------------------------------------------
  const TOKEN = /t(\d+\.\d{3})\b/g;
  const tokensOf = (text) => [...text.matchAll(TOKEN)].map(([, time]) => 1000 * Number(time));

  /** Note of every token how long it took into the page, and the time of every frame, until `stop()` is called. */
  const stream = () => {
    const latencies = [];
    const beats = [];
    const panes = [...document.querySelectorAll(".pane")].map((pane) => ({ pane, known: new Set() }));
    const watches = panes.map(({ pane, known }) => {
      const watch = new MutationObserver(() => {
        const now = Date.now();
        for (const sent of tokensOf(pane.querySelector(".live .text")?.textContent ?? "")) {
          if (!known.has(sent)) latencies.push(now - sent);
          known.add(sent);
        }
      });
      watch.observe(pane, { subtree: true, childList: true, characterData: true });
      return watch;
    });
    let going = true;
    const beat = (now) => {
      beats.push(now);
      if (going) frame(beat);
    };
    frame(beat);
    probe.streamed = () => {
      going = false;
      for (const watch of watches) watch.disconnect();
      return { latencies, beats };
    };
  };

  /** Resolves when no pane runs. Asked once: to look from outside every now and then would cost frames. */
  const finished = () =>
    new Promise((resolve) => {
      const running = () => document.querySelector('.pane[data-running="true"]');
      const watch = new MutationObserver(() => {
        if (running()) return;
        watch.disconnect();
        resolve();
      });
      watch.observe(document.body, { subtree: true, attributeFilter: ["data-running"] });
      if (!running()) resolve();
    });

  const shown = (row) => row.querySelector("textarea")?.value ?? row.textContent;

  /** Watch a pane's last row from the click on its Stop: { clicked, still, before, after } with tokens, times in ms. */
  const stopping = (pane) => {
    const count = () => tokensOf(shown([...pane.querySelectorAll("li[data-row]")].at(-1))).length;
    probe.stopped = new Promise((resolve) => {
      const begin = (event) => {
        if (!event.target.closest(".stop") || !pane.contains(event.target)) return;
        document.removeEventListener("click", begin, true);
        const start = event.timeStamp;
        const clicked = performance.timeOrigin + start;
        const before = count();
        let [last, still] = [before, start];
        const look = () => {
          const now = performance.now();
          const tokens = count();
          if (tokens !== last) [last, still] = [tokens, now];
          if (now - start < 1200) frame(look);
          else resolve({ clicked, still: still - start, before, after: last });
        };
        frame(look);
      };
      document.addEventListener("click", begin, true);
    });
  };

  // --- whole pages -------------------------------------------------------------------------------
  /** Resolves to performance.now() at the paint in which `look()` is true. */
  const when = async (look) => {
    while (!look()) await new Promise(frame);
    return painted();
  };
  const rows = () => document.querySelectorAll("li[data-row]").length;
  const composer = () => document.querySelector(".composer textarea")?.offsetHeight > 0;
  const rowsDrawn = (count) => when(() => composer() && rows() >= count);

  /** Milliseconds from the next click until the code, or so many rows, are painted. */
  const switched = (count) => {
    probe.view = new Promise((resolve) => {
      document.addEventListener("click", async ({ timeStamp }) => {
        const there = count ? () => rows() >= count : () => document.querySelector(".code pre")?.textContent;
        resolve((await when(there)) - timeStamp);
      }, { capture: true, once: true });
    });
  };

  const tasks = []; // of more than 50 ms
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: "longtask",
  });

  const clicked = { at: 0 };
  document.addEventListener("click", ({ timeStamp }) => (clicked.at = performance.timeOrigin + timeStamp), true);

  /** Nodes in the Markdown of the panes' last rows. */
  const typeset = () => {
    let nodes = 0;
    for (const text of document.querySelectorAll(".rows > li:last-child .shown")) {
      const walk = document.createTreeWalker(text);
      while (walk.nextNode()) nodes += 1;
    }
    return nodes;
  };

  const probe = { typed, tasks, timers, clicked, edit, stream, finished, stopping, painted, rowsDrawn, switched, typeset };
  window.probe = probe;
  Object.defineProperty(probe, "frames", { get: () => frames });
})();
