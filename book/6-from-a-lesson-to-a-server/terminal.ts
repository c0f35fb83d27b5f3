/**
 * What a peer sends may be an order to the terminal.
 *
 *     deno run book/6-from-a-lesson-to-a-server/terminal.ts
 *
 * You see the orders spelled out. Print name itself, and your screen is cleared.
 */
import { printable } from "../../lib/text/mod.ts";

const name = "\x1b[2J\x1b[HYou have won!\r\u202e";
console.log(printable(`Hello, ${name}`));
