/** How many bytes one line shows. */
const WIDTH = 16;

/**
 * Shows bytes in hexadecimal and as text, 16 a line, as `hexdump -C` does.
 *
 * What is not a printable ASCII character is a dot in the text: nothing in it
 * can be an order to a terminal.
 *
 * @param bytes What to show.
 * @returns A line for each 16 bytes, none for none.
 *
 * @example
 * ```ts
 * import { hexDump } from "./hex_dump.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(hexDump(new TextEncoder().encode("Hello, 小明!")), [
 *   "48 65 6c 6c 6f 2c 20 e5  b0 8f e6 98 8e 21        |Hello, ......!|",
 * ]);
 * ```
 */
export function hexDump(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const row = bytes.subarray(at, at + WIDTH);
    lines.push(`${hexOf(row)}  |${textOf(row)}|`);
  }
  return lines;
}

function hexOf(row: Uint8Array): string {
  const pairs = Array.from(
    row,
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  const halves = [pairs.slice(0, WIDTH / 2), pairs.slice(WIDTH / 2)];
  return halves.map((half) => half.join(" ").padEnd(WIDTH * 3 / 2 - 1)).join(
    "  ",
  );
}

function textOf(row: Uint8Array): string {
  return Array.from(
    row,
    (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".",
  ).join("");
}
