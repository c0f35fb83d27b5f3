/**
 * The bytes of a packet of send_file.ts, with its parts.
 *
 *     deno run book/12-file-over-udp/packet_bytes.ts
 *
 * You see the five parts of a header of 20 bytes, and the data. The id is random in
 * a real transfer.
 */
import { encode } from "../../examples/file/packet.ts";

const data = new TextEncoder().encode("Hello");
const bytes = encode("D", 0x0123456789abcdefn, 7, data);

const PARTS = [
  ["protocol and version", 0, 3],
  ["kind", 3, 4],
  ["checksum", 4, 8],
  ["transfer id", 8, 16],
  ["number", 16, 20],
  ["data", 20, bytes.length],
] as const;
for (const [name, from, to] of PARTS) {
  const part = bytes.subarray(from, to);
  const hex = part.toHex().replaceAll(/..(?!$)/g, "$& ");
  console.log(`${name.padEnd(20)} ${hex}`);
}
