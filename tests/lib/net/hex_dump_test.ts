import { assertEquals, assertMatch } from "@std/assert";
import { hexDump } from "../../../lib/net/trace.ts";

Deno.test("hexDump shows 16 bytes a line, the rest in line with them", () => {
  const lines = hexDump(new TextEncoder().encode("0123456789abcdefgh"));
  assertEquals(lines, [
    "30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|",
    "67 68                                             |gh|",
  ]);
  assertEquals(lines[0]?.indexOf("|"), lines[1]?.indexOf("|"));
});

Deno.test("hexDump begins no line that would be empty", () => {
  assertEquals(hexDump(new Uint8Array()), []);
  assertEquals(hexDump(new Uint8Array(16)).length, 1);
  assertEquals(hexDump(new Uint8Array(17)).length, 2);
});

Deno.test("hexDump shows every byte, and as text what a terminal only shows", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const lines = hexDump(bytes);
  const shown = lines.map((line) => line.slice(51, -1)).join("");
  const hex = lines.map((line) => line.slice(0, 50).trim().split(/ +/)).flat();
  assertEquals(hex.map((pair) => Number.parseInt(pair, 16)), [...bytes]);
  for (const [byte, character] of [...shown].entries()) {
    const isPlain = byte >= 0x20 && byte <= 0x7e;
    assertEquals(character, isPlain ? String.fromCharCode(byte) : ".");
  }
  for (const line of lines) assertMatch(line, /^[\x20-\x7e]+$/);
});

Deno.test("hexDump shows a view, and not what lies around it", () => {
  const bytes = new TextEncoder().encode("secret name secret");
  assertEquals(
    hexDump(bytes.subarray(7, 11)).map((line) => line.slice(50)),
    ["|name|"],
  );
});
