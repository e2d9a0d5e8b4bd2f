// Endpoints by their addresses. Run by tests/js/test_javascript.py.
import assert from "node:assert/strict";
import test from "node:test";
import { endpointFor, usualKeyName } from "../../assets/js/document/endpoints.js";

const BOOT = {
  endpoints: [
    { name: "This machine", built_in: true, base_url: "http://localhost:7860/v1" },
    { name: "Router", built_in: true, base_url: "https://router.example/v1", key_name: "HF_TOKEN", headers: [] },
    { name: "Demo", built_in: true, base_url: null },
  ],
};
const BILLED = [["X-HF-Bill-To", "org"]];
const own = (base_url, name = new URL(base_url).host) => ({ name, kind: "remote", base_url, headers: [] });
const found = (base_url, headers = []) => ({ name: "from the server", base_url, key_name: "MY_KEY", headers });

test("an endpoint that is known is used", () => {
  const endpoints = [own("https://api.example/v1", "Mine")];
  const table = [
    [null, null],
    [found("https://ROUTER.example/v1/"), "Router"],
    [found("http://localhost:7860/v1"), "This machine"],
    [found("https://api.example:443/v1"), "Mine"],
  ];
  for (const [endpoint, name] of table) {
    assert.deepEqual(endpointFor({ endpoints }, BOOT, { endpoint }), { name, endpoints, fresh: false });
  }
});

test("another one is added, as it was found, under a name that tells it from the others", () => {
  const long = `https://host.example/${"deployments/".repeat(9)}`;
  const table = [
    [[], found("http://localhost:8000/v1"), "localhost:8000"],
    [[own("http://localhost:8000/v1")], found("http://localhost:8001/v1"), "localhost:8001"],
    [[own("http://localhost:8000/v1")], found("http://localhost:8000/api/v1"), "localhost:8000/api/v1"],
    [[own("http://localhost:8000/v1", "My vLLM")], found("http://localhost:8000/v2"), "localhost:8000/v2"],
    [[own("http://a.example/v1")], found("https://a.example/v1"), "https://a.example/v1"],
    [[], found("https://router.example/v1", BILLED), "router.example, X-HF-Bill-To: org"],
    [[own("https://other.example", "a.example")], found("https://a.example/v1"), "a.example/v1"],
    [[own(`${long}a`)], found(`${long}b`), "host.example/deployments/deployments/dep…s/deployments/deployments/deployments/b"],
    [[own("https://o.example", "a.example")], found("https://a.example"), "https://a.example"],
    [["a.example", "https://a.example"].map((name) => own("https://o.example", name)), found("https://a.example"), "a.example 2"],
  ];
  for (const [endpoints, endpoint, name] of table) {
    const made = endpointFor({ endpoints }, BOOT, { endpoint });
    const fresh = { ...endpoint, name, kind: "remote" };
    assert.deepEqual(made, { name, endpoints: [...endpoints, fresh], fresh: true });
    assert.ok(name.length <= 80);
  }
});

test("an endpoint that was found without a key has none", () => {
  const { endpoints } = endpointFor({ endpoints: [] }, BOOT, { endpoint: { ...found("http://x.example"), key_name: null } });
  assert.equal(endpoints[0].key_name, null);
});

test("a key is read from the variable that is usual for its host", () => {
  const names = { "api.openai.com": "OPENAI_API_KEY" };
  const table = [
    ["https://api.openai.com/v1", "OPENAI_API_KEY"],
    ["https://API.openai.com:443", "OPENAI_API_KEY"],
    ["https://api.openai.com.example/v1", "API_KEY"],
    ["https://toString/v1", "API_KEY"],
    ["half an add", "API_KEY"],
  ];
  for (const [url, name] of table) assert.equal(usualKeyName(url, names), name, url);
});
