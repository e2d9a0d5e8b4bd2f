// What is told of a picture from its bytes and its URL, and the order of pictures.
import assert from "node:assert/strict";
import test from "node:test";
import * as facts from "../../assets/js/images/imagefacts.js";

const { bytesOf, factsOf, fit, formatOf, isAnimated, moved, nearest, plainJpeg, sizeText } = facts;

const bytes = (...pieces) =>
  Uint8Array.from(pieces.flatMap((piece) => [...(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)]));

test("sizes are told in steps of a thousand", () => {
  const sizes = [0, 999, 1000, 9_949, 240_123, 999_600];
  assert.deepEqual(sizes.map(sizeText), ["0 B", "999 B", "1.0 KB", "9.9 KB", "240 KB", "1.0 MB"]);
});

test("the bytes of a data URL are those of what it holds", () => {
  for (const size of [0, 1, 2, 3, 4, 1000]) {
    assert.equal(bytesOf(`data:image/png;base64,${Buffer.alloc(size).toString("base64")}`), size);
  }
  assert.equal(bytesOf("https://example.org/a.png"), null);
  assert.equal(bytesOf("data:image/svg+xml,<svg/>"), null);
});

test("below a picture stand its pixels, its bytes or its host, and a detail that is sent", () => {
  const part = (url, detail) => ({ type: "image_url", image_url: { url, ...(detail && { detail }) } });
  const data = `data:image/png;base64,${"A".repeat(4000)}`;
  assert.equal(factsOf(part(data), { width: 1568, height: 1045 }), "1568×1045 · 3.0 KB");
  assert.equal(factsOf(part(data, "low"), null), "3.0 KB · detail low");
  assert.equal(factsOf(part("https://example.org:8080/a.png"), { failed: true }), "example.org:8080");
  assert.equal(factsOf(part("no URL"), null), "");
});

test("the long side is capped, the proportions stay, nothing grows", () => {
  const cases = [
    [[6000, 4000], 1568, [1568, 1045]],
    [[4000, 6000], 1568, [1045, 1568]],
    [[800, 600], 1568, [800, 600]],
    [[6000, 4000], 0, [6000, 4000]],
    [[9000, 2], 512, [512, 1]],
  ];
  for (const [[width, height], side, kept] of cases) {
    assert.deepEqual(fit({ width, height }, side), { width: kept[0], height: kept[1] });
  }
});

test("a picture moves to the place that is named", () => {
  assert.deepEqual(moved(["a", "b", "c"], 0, 2), ["b", "c", "a"]);
  assert.deepEqual(moved(["a", "b", "c"], 2, 0), ["c", "a", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], 1, 1), ["a", "b", "c"]);
  const boxes = [0, 100, 200].map((left) => ({ left, top: 0, width: 90, height: 90 }));
  assert.deepEqual([-50, 120, 900].map((x) => nearest(boxes, x, 45)), [0, 1, 2]);
});

test("a format is known by its first bytes", () => {
  const cases = {
    png: bytes("\x89PNG\r\n\x1a\n"),
    jpeg: bytes("\xff\xd8\xff\xe0"),
    gif: bytes("GIF89a"),
    webp: bytes("RIFF\x10\x00\x00\x00WEBPVP8 "),
    avif: bytes("\0\0\0\x1cftypmif1\0\0\0\0mif1avif"),
    heic: bytes("\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
    svg: bytes('<?xml version="1.0"?><svg>'),
  };
  for (const [format, start] of Object.entries(cases)) assert.equal(formatOf(start), format);
  assert.equal(formatOf(bytes("BM....")), null);
  assert.equal(formatOf(bytes()), null);
});

test("more than one frame is noticed", () => {
  const frame = "\0\x21\xf9\x04\x04\x0a\0\0\0\x2c";
  assert.equal(isAnimated(bytes("GIF89a", frame), "gif"), false);
  assert.equal(isAnimated(bytes("GIF89a", frame, frame), "gif"), true);
  assert.equal(isAnimated(bytes("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02"), "webp"), true);
  assert.equal(isAnimated(bytes("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10"), "webp"), false);
  assert.equal(isAnimated(bytes("\x89PNG....acTL....IDAT"), "png"), true);
  assert.equal(isAnimated(bytes("\x89PNG....IDAT....acTL"), "png"), false);
});

// --- JPEG ------------------------------------------------------------------------------------------

const segment = (marker, content) => [0xff, marker, 0, content.length + 2, ...Buffer.from(content, "latin1")];
const START = [0xff, 0xd8];
const END = [0xff, 0xd9];
const JFIF = segment(0xe0, "JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
const FRAME = segment(0xc0, "\x08\0\x01\0\x01\x03");
const TABLE = segment(0xdb, "\0\xff\xd9"); // holds what looks like an end
const SCAN = [...segment(0xda, "\x03\0"), 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];
const XMP = segment(0xe1, "http://ns.adobe.com/xap/1.0/\0GPS");
const COMMENT = segment(0xfe, "at home");

test("a JPEG loses its notes and what follows its end, and nothing else", () => {
  const whole = bytes(START, JFIF, XMP, TABLE, COMMENT, FRAME, SCAN, TABLE, SCAN, END);
  const plain = bytes(START, JFIF, TABLE, FRAME, SCAN, TABLE, SCAN, END);
  assert.deepEqual(plainJpeg(bytes(whole, "a second picture with GPS", END)), plain);
});

test("a JPEG whose metadata governs its pixels is left to be drawn anew, and so is a broken one", () => {
  const rest = [...TABLE, ...FRAME, ...SCAN, ...END];
  const cases = {
    "turned, perhaps": bytes(START, segment(0xe1, "Exif\0\0"), rest),
    "a colour profile": bytes(START, segment(0xe2, "ICC_PROFILE\0"), rest),
    "colours by Adobe": bytes(START, segment(0xee, "Adobe\0"), rest),
    "four colours": bytes(START, segment(0xc0, "\x08\0\x01\0\x01\x04"), SCAN, END),
    "a thumbnail": bytes(START, segment(0xe0, "JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01RGB"), rest),
    "cut in a scan": bytes(START, JFIF, TABLE, FRAME, SCAN),
    "cut in a segment": bytes(START, JFIF, TABLE.slice(0, 4)),
    "no length": bytes(START, [0xff, 0xdb, 0, 0], rest),
    "no marker": bytes(START, "text", rest),
    "no JPEG": bytes("\x89PNG"),
  };
  for (const [name, content] of Object.entries(cases)) assert.equal(plainJpeg(content), null, name);
});
