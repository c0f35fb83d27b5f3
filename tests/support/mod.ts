/**
 * The helpers of the tests that `bench/`, `tools/` and `book/` use as well: they import
 * nothing else of this folder.
 */
export { freePort } from "./free_port.ts";
export { otherPort } from "./other_port.ts";
export { type Ended, Process, run, works } from "./process.ts";
export {
  BIND,
  boundPort,
  deno,
  listening,
  ROOT,
  type Server,
} from "./scripts.ts";
export { residentMemory } from "./linux_proc.ts";
export { hello, WELCOME_TEXT } from "./bytes.ts";
