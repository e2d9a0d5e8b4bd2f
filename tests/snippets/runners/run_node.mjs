// Does jobs one after another: a job is a line of JSON on standard input, so is its result.
//   {"file", "env"}: run a module -> {"out", "error"}
//   {"value"}: evaluate an expression -> {"out": its JSON, "error"}
//   {"format"}: prettier's own version of a program -> {"out", "error"}
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { format } from "prettier";

const write = process.stdout.write.bind(process.stdout);

async function run({ file, env }) {
  let out = "";
  process.stdout.write = (text) => ((out += text), true);
  Object.assign(process.env, env);
  const { fetch } = globalThis;
  try {
    await import(pathToFileURL(file).href);
    return out;
  } finally {
    process.stdout.write = write;
    globalThis.fetch = fetch;
    for (const name of Object.keys(env)) delete process.env[name];
  }
}

async function done(job) {
  if (job.file !== undefined) return run(job);
  if (job.format !== undefined) return format(job.format, { parser: "babel" });
  return JSON.stringify(new Function(`return (${job.value});`)());
}

for await (const line of createInterface({ input: process.stdin })) {
  let result;
  try {
    result = { out: await done(JSON.parse(line)), error: "" };
  } catch (error) {
    result = { out: "", error: inspect(error, { depth: 5 }) };
  }
  write(JSON.stringify(result) + "\n");
}
