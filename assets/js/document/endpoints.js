// Endpoints by their addresses: what they are called, the variable that holds their key, and where an import is sent.
import { endpointsOf } from "./workspace.js";

const LONGEST = 80; // characters of a name; request.Endpoint takes no more

const parsed = (url) => (URL.canParse(url) ? new URL(url) : null);

export const hostOf = (url) => parsed(url)?.host ?? url ?? "";

/** The environment variable that programs read an address's key from: request.usual_key_name; `names` is its table. */
export function usualKeyName(url, names) {
  const hostname = parsed(url)?.hostname;
  return Object.hasOwn(names, hostname) ? names[hostname] : "API_KEY";
}

/** Where what was found is sent: { name, endpoints, fresh }, the visitor's endpoints with it if it is a fresh one. */
export function endpointFor(workspace, boot, { endpoint }) {
  const { endpoints } = workspace;
  if (!endpoint) return { name: null, endpoints, fresh: false };
  const all = endpointsOf(workspace, boot);
  const known = all.find((other) => sameAddress(other, endpoint) && sameHeaders(other, endpoint));
  if (known) return { name: known.name, endpoints, fresh: false };
  const fresh = {
    name: nameFor(endpoint, all),
    kind: "remote",
    base_url: endpoint.base_url,
    key_name: endpoint.key_name,
    headers: endpoint.headers ?? [],
  };
  return { name: fresh.name, endpoints: [...endpoints, fresh], fresh: true };
}

const address = (url) => (parsed(url)?.href ?? String(url)).replace(/\/+$/, "");
const sameAddress = (one, other) => Boolean(one.base_url) && address(one.base_url) === address(other.base_url);

const flat = ({ headers = [] }) => JSON.stringify(headers.map(([name, value]) => [name.toLowerCase(), value]).sort());
const sameHeaders = (one, other) => flat(one) === flat(other);

// --- names -----------------------------------------------------------------------------------------

/** What an endpoint may be called, the shortest first. */
const WAYS = [
  ({ base_url }) => hostOf(base_url),
  ({ base_url }) => address(base_url).replace(/^https?:\/\//, ""),
  ({ base_url }) => address(base_url),
  ({ base_url, headers = [] }) => [hostOf(base_url), ...headers.map((pair) => pair.join(": "))].join(", "),
];

/** A name that no other endpoint has, and that would not do as well for one of them. */
function nameFor(endpoint, others) {
  const taken = new Set(others.map(({ name }) => name));
  const tells = (way) => others.every((other) => !other.base_url || way(other) !== way(endpoint));
  const name = WAYS.filter(tells).map((way) => shorten(way(endpoint))).find((one) => !taken.has(one));
  return name ?? freeName(shorten(hostOf(endpoint.base_url)), taken);
}

/** Both ends of a name that is too long: what tells addresses apart is mostly at the end. */
const shorten = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST / 2)}…${name.slice(1 - LONGEST / 2)}` : name);

function freeName(name, taken) {
  let [free, number] = [name, 1];
  while (taken.has(free)) free = `${name.slice(0, LONGEST - 4)} ${(number += 1)}`;
  return free;
}
