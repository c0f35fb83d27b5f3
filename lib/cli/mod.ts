/**
 * What the four scripts have in common: their command lines, how they run, and
 * files that appear whole or not at all.
 *
 * A program of your own has a table of its own: see {@linkcode Command}. It may take
 * entries of the four over: `const { hostname, port } = tcpClientCommand.options`.
 *
 * @module
 */
export { count, fileName, hostname, port, seconds } from "./_values.ts";
export { AtomicFile } from "./atomic_file.ts";
export {
  type Command,
  flag,
  operand,
  operands,
  type Option,
  optionalValue,
  type OptionsOf,
  value,
} from "./command.ts";
export {
  type TcpClientArgs,
  tcpClientCommand,
  type TcpServerArgs,
  tcpServerCommand,
  type UdpClientArgs,
  udpClientCommand,
  type UdpServerArgs,
  udpServerCommand,
  udpServerPermission,
} from "./commands.ts";
export { type Attempt, CommandError, UsageError } from "./errors.ts";
export { openFile, readTextFile } from "./read_file.ts";
export { type Context, run } from "./run.ts";
