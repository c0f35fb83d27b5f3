/**
 * What the four scripts have in common: their command lines, how they run, and
 * files that appear whole or not at all.
 *
 * A program of your own has a table of its own: see {@linkcode Command}. It may take
 * entries of the four over: `const { hostname, port } = tcpClientCommand.options`.
 *
 * @module
 */
export { tcpClientCommand, udpClientCommand } from "./client_commands.ts";
export {
  type Command,
  count,
  fileName,
  flag,
  type FlagSpec,
  hostname,
  operand,
  operands,
  type OperandSpec,
  type Option,
  type OptionsOf,
  port,
  seconds,
  value,
  type ValueSpec,
} from "./command.ts";
export { type Attempt, CommandError, UsageError } from "./errors.ts";
export { AtomicFile, openFile } from "./files.ts";
export { type Context, run } from "./run.ts";
export { tcpServerCommand, udpServerCommand } from "./server_commands.ts";
