import { assertEquals } from "@std/assert";
import { TerminalFilter } from "../../../lib/cli/_terminal.ts";
import { binary } from "../../support/wire.ts";

/** What a terminal gets of these parts. */
function shown(...parts: Uint8Array[]): string {
  const filter = new TerminalFilter();
  const written = parts.map((part) => filter.filter(part));
  return [...written, filter.end()]
    .map((part) => new TextDecoder().decode(part)).join("");
}

Deno.test("a terminal gets control characters spelled out, lines and tabs as they are", () => {
  assertEquals(
    shown(binary("a\tb\r\nc\n\x1b[2J\x07\r\xff")),
    "a\tb\r\nc\n\\x1b[2J\\x07\\x0d\\xff",
  );
});

Deno.test("a terminal gets characters whole, however they are split", () => {
  const text = "Grüße, 小明! 🎉\r\n\u202e";
  const all = new TextEncoder().encode(text);
  const expected = "Grüße, 小明! 🎉\r\n\\u{202e}";
  for (const size of [1, 2, 3, 5, 100]) {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += size) {
      parts.push(all.subarray(at, at + size));
    }
    assertEquals(shown(...parts), expected, `${size} bytes at a time`);
  }
});

Deno.test("a terminal gets half a character at the end as bytes", () => {
  assertEquals(shown(binary("a\xe5\xb0")), "a\\xe5\\xb0");
  assertEquals(shown(binary("a"), binary("\r")), "a\\x0d");
});
