import { HttpError } from "./http_error.ts";
import type { LineReader } from "./http_lines.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Receives field lines up to the empty line after them: a header's, or the
 * trailer section's of a chunked body (RFC 9112, 5 and 7.1.2).
 *
 * @throws {HttpError} If a line is not a field, or no empty line comes.
 * @param lines Where the lines come from.
 * @returns The fields in the order they came.
 *
 * @example
 * ```ts
 * import { ByteReader } from "./byte_reader.ts";
 * import { readFields } from "./http_fields.ts";
 * import { LineReader } from "./http_lines.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("Age: 7\r\n\r\n");
 * const reader = new ByteReader({
 *   read: (p) => Promise.resolve((p.set(bytes), bytes.length)),
 * });
 * const lines = new LineReader(reader, 1024, "trailer section");
 * assertEquals(await readFields(lines), [["Age", "7"]]);
 * ```
 */
export async function readFields(
  lines: LineReader,
): Promise<[name: string, value: string][]> {
  const fields: [name: string, value: string][] = [];
  for (;;) {
    const line = await lines.next();
    if (line === null) throw lines.endedEarly();
    if (line === "") return fields;
    fields.push(parseField(line));
  }
}

function parseField(line: string): [name: string, value: string] {
  if (isBlank(line[0])) throw new HttpError("Folded field line", line);
  const colon = line.indexOf(":");
  if (colon < 0) throw new HttpError("Field line without a colon", line);
  if (colon === 0) throw new HttpError("Field line without a name", line);
  if (isBlank(line[colon - 1])) {
    throw new HttpError("Whitespace before the colon of a field", line);
  }
  const name = line.slice(0, colon);
  if (!TOKEN.test(name)) throw new HttpError("Invalid field name", name);
  // Not trim(), which also takes U+00A0 and its like off the value.
  let start = colon + 1;
  let end = line.length;
  while (start < end && isBlank(line[start])) start++;
  while (end > start && isBlank(line[end - 1])) end--;
  return [name, line.slice(start, end)];
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t";
}
