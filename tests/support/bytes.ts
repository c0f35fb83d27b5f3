/**
 * What goes over the wire, for tests that are about something else: derived from
 * lib/greeting.ts, so that other words are an edit of that file and of the few
 * tests that state the wire on purpose.
 */

import { greeting, WELCOME } from "../../lib/greeting.ts";

/** The longest datagram over IPv4: 65,535 bytes less the headers of IP and UDP. */
export const MAX_DATAGRAM = 65_507;

/** The bytes of a text. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** One byte for each character, so that a text can stand for any bytes. */
export function binary(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** The text of bytes. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** What the TCP server says first, as text. */
export const WELCOME_TEXT = decode(WELCOME);

/** The greeting of a name, as text. */
export function hello(name: string): string {
  return decode(greeting(encode(name)));
}
