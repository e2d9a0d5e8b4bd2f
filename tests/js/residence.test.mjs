import assert from "node:assert/strict";
import test from "node:test";
import { residenceText, sizeText } from "../../assets/js/document/residence.js";

const held = { device: "cpu", weights: "8-bit", nbytes: 359e6, alone_because: null, running: 0 };

const cases = [
  [held, "In memory: 8-bit weights on cpu, 359 MB."],
  [{ ...held, running: 1 }, "In memory: 8-bit weights on cpu, 359 MB, 1 run."],
  [{ ...held, nbytes: 0, running: 3, alone_because: "it sees images" }, "In memory: 8-bit weights on cpu, 3 runs. Runs take turns: it sees images."],
];

for (const [residence, text] of cases) test(text, () => assert.equal(residenceText(residence), text));

test("sizes read as people write them", () => {
  assert.deepEqual([1.25e9, 340e6, 12].map(sizeText), ["1.3 GB", "340 MB", "1 MB"]);
});
