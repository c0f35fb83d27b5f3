/**
 * Text from a peer or a person, made safe for a terminal and an error message.
 *
 * @module
 */
export { printable, quote } from "./printable.ts";
