/** Bytes as text, and code in colours. */

const DECODER = new TextDecoder();

const pairsOf = (hex: string): string[] => hex.match(/../g) ?? [];

/** Bytes, given in hexadecimal, as they are printed. */
export const decoded = (hex: string) =>
  DECODER.decode(Uint8Array.from(pairsOf(hex), (pair) => parseInt(pair, 16)));

/** Characters that fill the room of two. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\uff60]/;

/** A text that is cut where it gets too long. */
export function cut(text: string, room: number, isWhole = true): string {
  let shown = "";
  let width = 0;
  for (const c of text) {
    width += WIDE.test(c) ? 2 : 1;
    if (width > room) return `${shown.slice(0, -1)}…`;
    shown += c;
  }
  return isWhole ? shown : `${shown}…`;
}

/** A text in a line, with those characters spelled out that cannot be seen. */
const spelled = (text: string) =>
  text.replaceAll(
    /\p{Cc}/gu,
    (c) =>
      ({ "\r": "\\r", "\n": "\\n", "\t": "\\t" })[c] ??
        `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );

/** Bytes as text in a line. */
export function textOf(hex: string, n: number, room = 28): string {
  // More than that is cut anyway.
  const start = hex.slice(0, 8 * (room + 4));
  return cut(spelled(decoded(start)), room, start.length === 2 * n);
}

/** What a program has printed, as a line: its first one, or the error of a traceback. */
export function lineOf(hex: string): string {
  const lines = decoded(hex).trimEnd().split(/\r?\n/);
  const isError = lines.some((line) => line.startsWith("Traceback ("));
  const shown = (isError ? lines.at(-1) : lines[0]) ?? "";
  return cut(spelled(shown), 60, isError || lines.length === 1);
}

/** Bytes as hexadecimal digits, two for each. */
export function hexOf(hex: string, n: number, room = 28): string {
  const pairs = pairsOf(hex).slice(0, Math.max(2, Math.floor(room / 3)));
  return pairs.join(" ") + (pairs.length < n ? " …" : "");
}

const WORDS =
  "import|from|export|const|let|var|function|return|while|for|of|in|if|elif|else|async|await|new|true|false|null|undefined|break|continue|class|def|with|as|True|False|None|not|and|or|try|except|catch|finally|raise|throw|pass|type|void|using|lambda|yield|typeof|interface";

const tokens = (comment: string) =>
  new RegExp(
    `(?<c>${comment}.*)|(?<s>[bfr]?"(?:\\\\.|[^"\\\\])*"|\`(?:\\\\.|[^\`\\\\])*\`|'(?:\\\\.|[^'\\\\])*')|\\b(?<k>${WORDS})\\b|\\b(?<n>\\d[\\d_.]*)|\\b(?<f>\\w+)(?=\\()`,
    "g",
  );
const TOKENS = { python: tokens("#"), deno: tokens("//") };

/** The parts of a line of code; the kind is that of its colour, or nothing. */
export function partsOf(
  line: string,
  language: keyof typeof TOKENS,
): { kind: string; text: string }[] {
  const parts: { kind: string; text: string }[] = [];
  let end = 0;
  for (const match of line.matchAll(TOKENS[language])) {
    const kind = Object.entries(match.groups ?? {})
      .find(([, text]) => text !== undefined)?.[0] ?? "";
    parts.push(
      { kind: "", text: line.slice(end, match.index) },
      { kind, text: match[0] },
    );
    end = match.index + match[0].length;
  }
  parts.push({ kind: "", text: line.slice(end) });
  return parts.filter(({ text }) => text !== "");
}
