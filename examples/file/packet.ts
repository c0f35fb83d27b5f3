/**
 * The packets of send_file.ts and receive_file.ts: a header of 20 bytes, then data.
 *
 *     0     3      4          8                16         20
 *     | FT1 | kind | checksum | transfer id    | number   | data, up to 1,180 |
 *
 * Numbers are big-endian. There is no field for the length: a datagram has one. Nearly
 * every network carries 1,200 bytes in one piece.
 */

/** The most data in a packet, in bytes. */
export const MAX_DATA = 1_180;

/** How many data packets may be on their way: as many as a bitmap of 8 bytes has. */
export const MAX_WINDOW = 64;

const HEADER = 20;

/** The protocol and its version. Packets of another version are dropped. */
const MAGIC = 0x465431; // "FT1"

const KINDS = ["S", "D", "E", "B", "A", "X"] as const;

/**
 * The sender's packets: S begins a transfer, D has data, E says that there is no
 * more, B says goodbye. The receiver's: A acknowledges. Both send X: the transfer is
 * aborted, and the data say why.
 */
export type Kind = typeof KINDS[number];

/** What is in a packet. */
export interface Packet {
  kind: Kind;
  /** A random number, which only the two programs know. */
  id: bigint;
  /** D and E: its place, from 0. A: the first number that has not arrived. */
  number: number;
  data: Uint8Array;
}

/** The datagram of a packet. */
export function encode(
  kind: Kind,
  id: bigint,
  number: number,
  data: Uint8Array = new Uint8Array(),
): Uint8Array {
  if (data.length > MAX_DATA) throw new RangeError(`${data.length} bytes`);
  const bytes = new Uint8Array(HEADER + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (MAGIC << 8) | kind.charCodeAt(0));
  view.setBigUint64(8, id);
  view.setUint32(16, number);
  bytes.set(data, HEADER);
  view.setUint32(4, crc32(bytes)); // Of the packet with a checksum of 0.
  return bytes;
}

/** The packet in a datagram; `null` if it is not a packet, or is damaged. */
export function decode(bytes: Uint8Array): Packet | null {
  if (bytes.length < HEADER || bytes.length > HEADER + MAX_DATA) return null;
  const copy = bytes.slice(); // The buffer of the socket is used again.
  const view = new DataView(copy.buffer);
  const kind = KINDS.find((kind) => kind.charCodeAt(0) === view.getUint8(3));
  if (view.getUint32(0) >>> 8 !== MAGIC || kind === undefined) return null;
  const checksum = view.getUint32(4);
  view.setUint32(4, 0);
  if (crc32(copy) !== checksum) return null;
  const [id, number] = [view.getBigUint64(8), view.getUint32(16)];
  return { kind, id, number, data: copy.subarray(HEADER) };
}

/** A number that cannot be guessed. */
export function randomId(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
}

/** A number of 64 bits as data: an id, or a bitmap. */
export function toBytes(number: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, number);
  return bytes;
}

/** The number in such data; 0 in any other data. */
export function toNumber({ length, buffer, byteOffset }: Uint8Array): bigint {
  return length === 8 ? new DataView(buffer, byteOffset).getBigUint64(0) : 0n;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, c) => {
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** The checksum of Ethernet, ZIP and PNG. It detects accidental damage, not attacks. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const b of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ b) & 0xff] ?? 0);
  return ~crc >>> 0;
}
