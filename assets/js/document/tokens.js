// The tokens of an answer with their log probabilities, as a map of its text. `tokens` is what the server told as JSON
// (ui/tokens.py): [[text, log probability, bytes?, alternatives?]]; null as log probability is text that nobody scored,
// such as the beginning that an answer was continued from.

/** A run's snapshot with the tokens of its choices read. */
export const withTokens = (live) =>
  live?.choices.some((choice) => choice.tokens)
    ? { ...live, choices: live.choices.map((choice) => ({ ...choice, tokens: choice.tokens && JSON.parse(choice.tokens) })) }
    : live;

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const bytesOf = ([text, , bytes]) => bytes ?? utf8.encode(text);

/** The text of some bytes, or null where they are none. */
function decoded(bytes) {
  try {
    return strict.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

/** How many bytes at the end begin a character that is not whole yet. */
function begun(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte > 0xf4 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/** Bytes that are no text, in hexadecimal; ASCII among them as it is. */
const hex = (bytes) => [...bytes].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `<${byte.toString(16).toUpperCase()}>`)).join("");

/** Tokens that together are whole characters: [{ text, tokens, from }], `from` the place of the first. Bytes that are no text are shown as such. */
export function pieces(tokens) {
  const made = [];
  let bytes = [];
  let from = 0;
  tokens.forEach((token, index) => {
    if (!bytes.length) from = index;
    bytes = [...bytes, ...bytesOf(token)];
    const open = begun(bytes);
    const waits = open && index + 1 < tokens.length && decoded(bytes.slice(0, bytes.length - open)) !== null;
    if (waits) return;
    made.push({ text: decoded(bytes) ?? hex(bytes), tokens: tokens.slice(from, index + 1), from, broken: decoded(bytes) === null });
    bytes = [];
  });
  return made;
}

/**
 * The pieces laid over an answer's text: { pieces: [{ text, tokens, from, start }], exact }. What the text has beyond them is
 * a piece without tokens; pieces beyond the text (an end mark, thinking before it) are left out. `exact` is false where
 * the tokens don't spell the text: then they stand for themselves.
 */
export function laidOver(text, tokens) {
  const all = pieces(tokens);
  const joined = all.map((piece) => piece.text).join("");
  const shift = joined.startsWith(text) ? 0 : joined.lastIndexOf(text);
  const inside = shift < 0 ? text.indexOf(joined) : 0;
  if (!joined || inside < 0) return { pieces: placed(all, 0, Infinity), exact: false };
  if (shift >= 0) return { pieces: placed(all, shift, text.length), exact: true };
  const plain = (part, start) => (part ? [{ text: part, tokens: [], from: 0, start }] : []);
  const end = inside + joined.length;
  const moved = placed(all, 0, Infinity).map((piece) => ({ ...piece, start: piece.start + inside }));
  return { pieces: [...plain(text.slice(0, inside), 0), ...moved, ...plain(text.slice(end), end)], exact: true };
}

/** The pieces that stand in `length` characters from place `shift` of their joined texts, cut to these. */
function placed(all, shift, length) {
  let at = -shift;
  const kept = [];
  for (const piece of all) {
    const [start, end] = [Math.max(0, at), Math.min(length, at + piece.text.length)];
    if (end > start) kept.push({ ...piece, text: piece.text.slice(start - at, end - at), start });
    at += piece.text.length;
  }
  return kept;
}

/** Probability of a piece: of all its tokens together; null where nobody scored it. */
export const probabilityOf = ({ tokens }) =>
  tokens.length && tokens.every(([, logprob]) => logprob != null) ? Math.exp(tokens.reduce((sum, [, logprob]) => sum + logprob, 0)) : null;

const LEVELS = [0.9, 0.6, 0.3, 0.1];

/** How unlikely a piece was: 0 (likely) to 4; null where that is not known. */
export function levelOf(piece) {
  const probability = probabilityOf(piece);
  if (probability === null) return null;
  const level = LEVELS.findIndex((bound) => probability >= bound);
  return level < 0 ? LEVELS.length : level;
}

/** What the levels mean, in words, the likely first. */
export const LEVEL_NAMES = ["90 % or more", "60 to 90 %", "30 to 60 %", "10 to 30 %", "below 10 %"];

export function percent(probability) {
  const value = probability * 100;
  if (value === 0) return "0 %";
  if (value < 0.01) return "< 0.01 %";
  return `${value >= 99.95 && value < 100 ? "> 99.9" : value >= 10 ? value.toFixed(1) : value.toFixed(2)} %`;
}

const SIGNS = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };

/** A token as it can be read: blanks as signs, what can't be seen by its code point, bytes that are no characters as bytes. */
export const spelled = (token) => readable(decoded(bytesOf(token)) ?? hex(bytesOf(token)));

/** A piece as it can be read: a character of several tokens is that character. */
export const nameOf = (piece) => readable(piece.broken ? piece.tokens.map(spelled).join("") : piece.text);

// Fillers are letters and a symbol by Unicode's classes, but blank; a mark needs something that it stands on.
const UNSEEN = /^\p{M}|[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Z}\u115f\u1160\u2800\u3164\uffa0]/gu;

const readable = (text) =>
  text === "" ? "(nothing)" : text.replaceAll("\ufffd", "<?>").replace(UNSEEN, (sign) => SIGNS[sign] ?? `<U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`);

/** A token's alternatives, the likely first, itself among them: [{ token, probability, said }]. */
export function choicesOf(token) {
  const alternatives = token[3] ?? [];
  const itself = (other) => other[0] === token[0] && String(other[2] ?? "") === String(token[2] ?? "");
  const listed = alternatives.some(itself) ? alternatives : [...alternatives, token.slice(0, 3)];
  return listed
    .map((other) => ({ token: other, probability: Math.exp(other[1]), said: itself(other) }))
    .sort((one, other) => other.probability - one.probability);
}

// --- figures -----------------------------------------------------------------------------------------

/**
 * How sure the model was: { perplexity, entropy, bounded }, or null without a log probability. Perplexity is e to the mean of
 * the negative log probabilities; entropy the mean over the tokens, in bits, of what the alternatives tell (null without
 * any). Where they don't add up to 1 the rest counts as one more token, so that the entropy is a lower bound (`bounded`).
 */
export function certainty(tokens) {
  const scored = (tokens ?? []).filter(([, logprob]) => logprob != null);
  if (!scored.length) return null;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const told = scored.filter((token) => token[3]?.length).map(spread);
  return {
    perplexity: Math.exp(-mean(scored.map(([, logprob]) => logprob))),
    entropy: told.length ? mean(told.map(({ bits }) => bits)) : null,
    bounded: told.some(({ rest }) => rest > 0.001),
  };
}

function spread(token) {
  const known = choicesOf(token).map(({ probability }) => probability);
  const rest = Math.max(0, 1 - known.reduce((sum, probability) => sum + probability, 0));
  return { bits: [...known, rest].reduce((sum, p) => (p > 0 ? sum - p * Math.log2(p) : sum), 0), rest };
}

// --- branches ----------------------------------------------------------------------------------------

const END_MARK = /^(<[|｜][^\s]*[|｜]>|<\/s>|<eos>|<end_of_turn>|\[EOS\])$/;

/** Why an answer can't go on from this alternative, or null. `exact` is as in laidOver. */
export function whyNoBranch(piece, place, other, exact) {
  if (!exact) return "The tokens don't spell this text";
  if (piece.text !== pieces(piece.tokens)[0].text) return "This token is cut";
  const bytes = bytesOf(other);
  if (!bytes.length || END_MARK.test(other[0])) return "It ends the answer";
  const text = decoded([...piece.tokens.slice(0, place).flatMap((token) => [...bytesOf(token)]), ...bytes]);
  return text === null || text.includes("\ufffd") ? "It is a part of a character" : null;
}

/** What an answer goes on from: its text and tokens up to a piece's token at `place`, then alternative `other`. */
export function branchOf(text, tokens, piece, place, other) {
  const at = piece.from + place;
  const before = piece.tokens.slice(0, place).flatMap((token) => [...bytesOf(token)]);
  const chosen = [other[0], other[1], other[2] ?? null, tokens[at][3] ?? []];
  return { text: text.slice(0, piece.start) + decoded([...before, ...bytesOf(other)]), tokens: [...tokens.slice(0, at), chosen] };
}

/** The tokens of a text that goes on: those of its beginning, or that beginning unscored, then the new ones. */
export function joined(beginning, before, after) {
  if (!after?.length) return before;
  const spell = (tokens) => pieces(tokens).map((piece) => piece.text).join("");
  return [...(before?.length && spell(before) === beginning ? before : beginning ? [[beginning, null]] : []), ...after];
}

// --- what is kept ------------------------------------------------------------------------------------

export const KEPT = 600_000; // characters of JSON: about 5,000 tokens with five alternatives each

const sizes = new WeakMap(); // tokens -> characters of their JSON; tokens are never changed

function sizeOf(tokens) {
  if (!sizes.has(tokens)) sizes.set(tokens, JSON.stringify(tokens).length);
  return sizes.get(tokens);
}

/** The document as it is stored: log probabilities of the latest answers up to `limit` characters, none ([]) of the others. */
export function withinLimit(document, limit = KEPT) {
  let left = limit;
  const keep = (answer) => {
    if (!answer.tokens?.length) return answer;
    left -= sizeOf(answer.tokens);
    return left >= 0 ? answer : { ...answer, tokens: [] };
  };
  const row = (whole) => {
    const shown = keep(whole);
    if (!whole.variants) return shown;
    const others = whole.variants.map((variant, index) => (index === (whole.at ?? 0) ? {} : variant)); // it is the row itself
    return { ...shown, variants: others.toReversed().map(keep).toReversed() };
  };
  const rows = (list) => list.toReversed().map(row).toReversed();
  return { ...document, panes: document.panes.map((pane) => ({ ...pane, rows: rows(pane.rows) })) };
}
