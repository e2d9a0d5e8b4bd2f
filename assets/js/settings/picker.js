// Choosing a model: endpoints on the left, their models on the right, keys and new endpoints in between.
import { hostOf, usualKeyName } from "../document/endpoints.js";
import { headersOf, headersText } from "../document/headers.js";
import { html, Icon, IconButton, useEffect, useRef, useState } from "../dom.js";
import { begun, progressText } from "../document/remaining.js";
import { residenceText } from "../document/residence.js";
import { fetchModels, forgetEndpoint, keepModel, sendKey } from "../session/server.js";
import { patch, update } from "../session/store.js";
import { changePane, endpointOf, endpointsOf } from "../document/workspace.js";

const close = () => patch({ picker: null });

export function Picker({ state, index }) {
  const { workspace, boot } = state;
  const pane = workspace.panes[index];
  const dialog = useRef(null);
  const [name, setName] = useState(endpointOf(workspace, boot, pane.endpoint) ? pane.endpoint : boot.endpoints[0].name);
  const [adding, setAdding] = useState(false); // true, or the endpoint that is being changed
  useEffect(() => dialog.current.showModal(), []);
  useEffect(() => {
    fetchModels(name);
  }, [name]);
  const endpoint = endpointOf(workspace, boot, name) ?? boot.endpoints[0];
  return html`<dialog
    class="picker"
    aria-label="Choose a model"
    ref=${dialog}
    onClose=${close}
    onClick=${(event) => event.target === dialog.current && dialog.current.close()}
  >
    <div class="picker-body">
      <header>
        <h2>Choose a model${workspace.panes.length > 1 ? ` for pane ${index + 1}` : ""}</h2>
        <${IconButton} icon="close" label="Close" onClick=${() => dialog.current.close()} />
      </header>
      <nav aria-label="Endpoints">
        ${endpointsOf(workspace, boot).map(
          (other) =>
            html`<button
              type="button"
              key=${other.name}
              aria-current=${!adding && other.name === name ? "true" : undefined}
              onClick=${() => {
                setAdding(false);
                setName(other.name);
              }}
            >
              <b>${other.name}</b><small>${other.kind === "local" ? "runs here, no key" : other.base_url ? hostOf(other.base_url) : "scripted answers"}</small>
            </button>`,
        )}
        <button type="button" class="add" aria-current=${adding === true ? "true" : undefined} onClick=${() => setAdding(true)}>
          <${Icon} name="plus" />Add an endpoint
        </button>
      </nav>
      ${adding
        ? html`<${AddEndpoint}
            key=${adding === true ? "" : adding.name}
            from=${adding === true ? null : adding}
            keyNames=${boot.key_names}
            typed=${Boolean(state.keys[adding.name])}
            taken=${endpointsOf(workspace, boot).map((other) => other.name)}
            onAdded=${(made) => {
              setAdding(false);
              setName(made);
            }}
          />`
        : html`<${Models}
            key=${name}
            state=${state}
            endpoint=${endpoint}
            current=${pane.endpoint === name ? pane.model : null}
            onChoose=${(model) => {
              update((now) => changePane(now, index, (before) => ({ ...before, endpoint: name, model })));
              dialog.current.close();
            }}
            onEdit=${() => setAdding(endpoint)}
            onRemove=${() => {
              forgetEndpoint(endpoint);
              setName(boot.endpoints[0].name);
              update((now) => ({ ...now, endpoints: now.endpoints.filter((other) => other.name !== name) }));
            }}
          />`}
    </div>
  </dialog>`;
}

function Models({ state, endpoint, current, onChoose, onEdit, onRemove }) {
  const [search, setSearch] = useState("");
  const found = state.models[endpoint.name] ?? { list: [], error: null, loading: true };
  const typed = search.trim();
  const matches = found.list.filter((model) => model.id.toLowerCase().includes(typed.toLowerCase()));
  const exact = found.list.some((model) => model.id === typed);
  return html`<div class="models">
    ${endpoint.kind === "remote" && html`<${Key} state=${state} endpoint=${endpoint} onEdit=${onEdit} onRemove=${onRemove} />`}
    <input
      type="search"
      aria-label="Search models, or type a model id"
      placeholder=${endpoint.kind === "local" ? "Search, or type a Hugging Face model id" : "Search, or type a model id"}
      value=${search}
      autofocus
      onInput=${(event) => setSearch(event.target.value)}
      onKeyDown=${(event) => {
        if (event.key !== "Enter" || !typed || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        onChoose(matches.length === 1 ? matches[0].id : typed);
      }}
    />
    ${found.error &&
    html`<div class="failure" role="alert">
      <p><b>${found.error.message}</b></p>
      <p>${found.error.advice}</p>
      <div class="bar"><button type="button" onClick=${() => fetchModels(endpoint.name)}>Try again</button></div>
    </div>`}
    <ul>
      ${typed && !exact &&
      html`<li><button type="button" class="typed" onClick=${() => onChoose(typed)}><b>Use “${typed}”</b><small>as typed</small></button></li>`}
      ${matches.slice(0, 200).map(
        (model) =>
          html`<li key=${model.id}>
            <button type="button" aria-current=${model.id === current ? "true" : undefined} onClick=${() => onChoose(model.id)}>
              <b>${model.id}</b><small>${facts(model)}</small>
              ${model.id === current && html`<${Icon} name="check" />`}
            </button>
            ${model.kept && !model.unavailable && html`<${Memory} endpoint=${endpoint.name} model=${model} />`}
          </li>`,
      )}
    </ul>
    ${matches.length > 200 && html`<p class="help">${matches.length - 200} more; type to find them.</p>`}
    ${found.loading && html`<p class="help" role="status">Asking for its models…</p>`}
    ${!found.loading && !found.error && !found.list.length && html`<p class="help">It lists no models. Type a model id above.</p>`}
  </div>`;
}

/** Whether a local model stands in memory, and the button that changes it. */
function Memory({ endpoint, model }) {
  const [progress, setProgress] = useState(null); // what it says while it is loaded
  const [problem, setProblem] = useState(null);
  const held = model.residence;
  const change = async () => {
    setProblem(null);
    setProgress({ message: held ? "Unloading" : "Asking for it" });
    setProblem(await keepModel(endpoint, model.id, !held, setProgress));
    setProgress(null);
  };
  const began = useRef(null);
  const now = performance.now();
  if (progress) began.current = begun(began.current, progress, now);
  return html`<div class="memory">
    <small role="status">${progress ? `${progressText(progress, began.current, now)}…` : held ? residenceText(held) : "Not in memory."}</small>
    <button type="button" disabled=${Boolean(progress)} aria-label=${`${held ? "Unload" : "Load"} ${model.id}`} onClick=${change}>
      ${held ? "Unload" : "Load"}
    </button>
    ${problem && html`<p class="problem" role="alert">${problem.message} ${problem.advice}</p>`}
  </div>`;
}

function facts(model) {
  if (model.unavailable) return model.unavailable;
  const parts = [];
  if (model.sees_images) parts.push("sees images");
  if (model.context_length) parts.push(`${model.context_length.toLocaleString("en")} tokens of context`);
  return parts.join(" · ");
}

function Key({ state, endpoint, onEdit, onRemove }) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState(null);
  const typed = state.keys[endpoint.name];
  const said = typed
    ? "A key is kept in memory for this session."
    : endpoint.has_key
      ? `Uses ${endpoint.key_name} from the app's environment.`
      : endpoint.key_name
        ? `No key yet. Code reads it from ${endpoint.key_name}.`
        : "No key: neither runs nor code send one.";
  const keep = async (text) => {
    const error = await sendKey(endpoint, text);
    setProblem(error);
    if (error) return;
    setKey("");
    if (text && !endpoint.key_name) nameKey(endpoint, state.boot.key_names);
  };
  return html`<form
    class="key"
    autocomplete="off"
    onSubmit=${(event) => {
      event.preventDefault();
      keep(key);
    }}
  >
    <label>
      API key
      <input
        type="password"
        autocomplete="new-password"
        placeholder=${typed ? "••••••••" : "paste a key"}
        value=${key}
        onInput=${(event) => setKey(event.target.value)}
      />
    </label>
    <button type="submit" disabled=${!key.trim()}>Use key</button>
    ${typed && html`<button type="button" onClick=${() => keep("")}>Forget</button>`}
    ${!endpoint.built_in &&
    html`<button type="button" class="quiet" onClick=${onEdit}>Change</button>
      <button type="button" class="quiet" onClick=${onRemove}>Remove</button>`}
    <p class=${problem ? "problem" : "help"}>${problem ? problem.message : said}</p>
  </form>`;
}

/** Runs send a key from now on: have the code send it, too. */
function nameKey({ name, base_url }, names) {
  const named = (other) => (other.name === name ? { ...other, key_name: usualKeyName(base_url, names) } : other);
  update((now) => ({ ...now, endpoints: now.endpoints.map(named) }), { silent: true });
}

function AddEndpoint({ from, keyNames, typed, taken, onAdded }) {
  const [fields, setFields] = useState({
    name: "",
    base_url: "",
    ...from,
    key_name: from?.key_name ?? "",
    headers: headersText(from?.headers),
    key: "",
  });
  const [problem, setProblem] = useState(null);
  const field = (name) => ({
    value: fields[name],
    onInput: (event) => setFields({ ...fields, [name]: event.target.value }),
  });
  const base_url = fields.base_url.trim().replace(/\/+$/, "");
  const keeps = typed && fields.name.trim() === from.name && base_url === from.base_url; // a key is for one address
  const keyless = from && !from.key_name && !keeps && !fields.key.trim(); // one that was imported without a key
  const usual = keyless ? null : usualKeyName(base_url, keyNames);
  const add = async (event) => {
    event.preventDefault();
    const { headers, problem: wrong } = headersOf(fields.headers);
    if (wrong) return setProblem(wrong);
    const endpoint = {
      name: fields.name.trim() || hostOf(base_url),
      kind: "remote",
      base_url,
      key_name: fields.key_name.trim() || usual,
      headers,
    };
    if (!/^https?:\/\/./.test(endpoint.base_url)) return setProblem("The base URL starts with http:// or https:// and usually ends in /v1.");
    if (endpoint.name !== from?.name && taken.includes(endpoint.name)) return setProblem(`There is an endpoint named ${endpoint.name} already; give this one another name.`);
    const error = keeps && !fields.key.trim() ? null : await sendKey(endpoint, fields.key);
    if (error) return setProblem(error.message);
    update((now) => ({
      ...now,
      endpoints: [...now.endpoints.filter((other) => other.name !== from?.name), endpoint],
      panes: now.panes.map((pane) => (from && pane.endpoint === from.name ? { ...pane, endpoint: endpoint.name } : pane)),
    }));
    if (endpoint.name === from?.name) fetchModels(endpoint.name);
    return onAdded(endpoint.name);
  };
  return html`<form class="add-endpoint" autocomplete="off" onSubmit=${add}>
    <p>Any server that speaks the OpenAI chat-completion API: vLLM, TGI, SGLang, llama.cpp, Ollama, LM Studio, OpenAI, …</p>
    <label>Base URL<input required type="url" autofocus placeholder="http://localhost:8000/v1" ...${field("base_url")} /></label>
    <label>Name<input placeholder="as in the URL" maxlength="80" ...${field("name")} /></label>
    <label>API key<input type="password" autocomplete="new-password" placeholder=${keeps ? "leave empty to keep it" : "leave empty if it needs none"} ...${field("key")} /></label>
    <label>
      Environment variable in code
      <input placeholder=${usual ?? "none"} pattern="[A-Za-z_][A-Za-z0-9_]*" title="Letters, digits and underscores" ...${field("key_name")} />
    </label>
    <label>
      Extra headers, one “Name: value” a line
      <textarea rows="2" spellcheck=${false} placeholder="X-HF-Bill-To: my-organization" ...${field("headers")}></textarea>
    </label>
    <p class="help">The key is kept in the server's memory for this session only; a reload asks for it again.</p>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <div class="bar"><button type="submit" class="run">${from ? "Save endpoint" : "Add endpoint"}</button></div>
  </form>`;
}
