// The raw view: what a run sent and what came back, as it went over the wire.
import { CopyButton, Switch } from "../controls.js";
import { html, memo, saveFile, useEffect, useState } from "../dom.js";
import { indented } from "../document/jsontext.js";

const AGAIN = 500; // milliseconds between looks at a run that is under way

/** The runs of a pane that can be looked at, the latest last. */
function runsOf(pane) {
  const known = pane.rows.flatMap((row) => (row.variants ?? [row]).map((variant, index) => (index === row.at ? row : variant)));
  return [...new Set(known.map((variant) => variant.stats?.run).filter(Boolean))];
}

export function Raw({ state, pane, run, server }) {
  const [exchange, setExchange] = useState(null);
  const [exact, setExact] = useState(false);
  const chosen = run?.id ?? state.raw[pane.id] ?? runsOf(pane).at(-1) ?? null;
  useEffect(() => {
    setExchange(null);
    if (!chosen) return undefined;
    let current = true;
    let timer = 0;
    const look = async () => {
      const found = await server.raw({ run: chosen }).catch(() => ({ lost: true }));
      if (!current) return;
      setExchange(found);
      if (found.running) timer = setTimeout(look, AGAIN);
    };
    look();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [chosen, Boolean(run)]);
  return html`<div class="code raw">
    <div class="code-bar">
      <${Switch} label="Request body" options=${[[false, "Indented"], [true, "As sent"]]} value=${exact} onChange=${setExact} />
      <span class="grow"></span>
      ${exchange?.attempts &&
      html`<${CopyButton} class="quiet copy" text=${() => asText(exchange)} />
        <button type="button" class="quiet" onClick=${() => download(asText(exchange))}>Download</button>`}
    </div>
    ${!chosen && html`<p class="help raw-note">This conversation has not been sent yet. Run it, and what goes over the wire stands here.</p>`}
    ${exchange?.missing &&
    html`<p class="help raw-note">This exchange is not kept any more: the app keeps the latest runs in its memory, until this page is closed or loaded again. Run again to see one.</p>`}
    ${exchange?.lost && html`<p class="problem raw-note">The app does not answer; look at its terminal, or start it again.</p>`}
    ${exchange?.attempts && html`<${Exchange} exchange=${exchange} exact=${exact} />`}
  </div>`;
}

const Exchange = memo(({ exchange, exact }) =>
  html`${exchange.in_app &&
    html`<p class="help raw-note">
      This model runs in the app, so nothing went over a wire. Here is the request as the app's own API takes it, and the answer as that API sends it.
    </p>`}
    <${Times} timings=${exchange.timings} />
    ${exchange.attempts.map((attempt, index) => html`<${Attempt} key=${index} attempt=${attempt} number=${index + 1} of=${exchange.attempts.length} exact=${exact} />`)}
    ${exchange.error && html`<p class="problem raw-note">${exchange.error.message} ${exchange.error.advice}</p>`}
    ${exchange.cut && html`<p class="help raw-note">The exchange was too long to keep whole; what came later is left out here.</p>`}
    ${exchange.running && html`<p class="help raw-note" role="status">Still running…</p>`}`);

const TIMES = [["sent", "sent after"], ["headers", "headers after"], ["first_line", "first line after"], ["total", "total"]];

const Times = ({ timings }) =>
  html`<p class="raw-times">
    ${TIMES.filter(([name]) => timings[name] != null).map(([name, text]) => html`<span key=${name}>${text} <b>${timings[name].toFixed(3)} s</b></span>`)}
  </p>`;

const Attempt = ({ attempt, number, of, exact }) =>
  html`<section>
    <h3>Request${of > 1 ? ` ${number} of ${of}` : ""}</h3>
    <pre tabindex="0" aria-label="Request">${`${startOf(attempt)}\n\n${exact ? attempt.body : indented(attempt.body)}`}</pre>
    ${attempt.body_cut > 0 && html`<p class="help raw-note">${attempt.body_cut.toLocaleString("en")} more bytes were sent; they are not kept here.</p>`}
    <h3>Response</h3>
    <pre tabindex="0" aria-label="Response">${answerOf(attempt)}</pre>
    <ol class="raw-lines" tabindex="0" aria-label="Lines as they came">
      ${attempt.lines.filter(([, text]) => text !== "").map(([at, text], index) => html`<li key=${index}><time>${at.toFixed(3)}</time><code>${text}</code></li>`)}
    </ol>
  </section>`;

const headersOf = (headers) => (headers ?? []).map(([name, value]) => `${name}: ${value}`).join("\n");
const answerOf = ({ status, response_headers }) => (status === null ? "No answer." : `HTTP ${status}\n${headersOf(response_headers)}`);
const startOf = ({ method, url, headers }) => `${method} ${url}\n${headersOf(headers)}`;

/** The exchange as a text file holds it. */
const asText = ({ attempts }) =>
  attempts
    .map((attempt) => [startOf(attempt), attempt.body, answerOf(attempt), attempt.lines.map(([, text]) => text).join("\n")].join("\n\n"))
    .join("\n\n");

const download = (text) => saveFile("exchange.txt", new Blob([text], { type: "text/plain" }));
