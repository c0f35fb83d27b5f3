/**
 * Text from a peer or a user, made safe for a terminal and for error messages.
 *
 * @module
 */
export { preview, printable, quote, shellWord } from "./printable.ts";
