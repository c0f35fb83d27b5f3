/**
 * Exercise: packets that can only be made with a key.
 *
 *     deno run book/12-file-over-udp/answers/signed.ts
 *
 * You see that a signed packet is accepted, and one that was changed or signed with
 * another key is not. A checksum can be calculated by anyone; this signature (HMAC,
 * RFC 2104) needs the key. It does not hide the data, and it does not
 * detect an old packet of the same transfer: the number in the packet does.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { encode } from "../../../examples/file/packet.ts";

const LENGTH = 16; // Half of SHA-256: enough against guessing.

function signature(packet: Uint8Array, key: string): Uint8Array {
  const digest = createHmac("sha256", key).update(packet).digest();
  return digest.subarray(0, LENGTH);
}

function sign(packet: Uint8Array, key: string): Uint8Array {
  return new Uint8Array([...packet, ...signature(packet, key)]);
}

/** The packet, if it is signed with this key. */
function open(datagram: Uint8Array, key: string): Uint8Array | null {
  if (datagram.length < LENGTH) return null;
  const packet = datagram.subarray(0, -LENGTH);
  const given = datagram.subarray(-LENGTH);
  // Takes the same time whatever byte differs, so that time tells nothing.
  return timingSafeEqual(given, signature(packet, key)) ? packet : null;
}

const packet = encode("D", 1n, 0, new TextEncoder().encode("Hello"));
const signed = sign(packet, "a secret");
const changed = signed.with(20, 0x4a); // "Jello"
for (
  const [what, datagram, key] of [
    ["signed", signed, "a secret"],
    ["changed", changed, "a secret"],
    ["another key", signed, "guessed"],
    ["not signed", packet, "a secret"],
  ] as const
) {
  console.log(`${what}: ${open(datagram, key) ? "accepted" : "dropped"}`);
}
