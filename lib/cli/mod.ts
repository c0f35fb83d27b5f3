/**
 * What the four scripts have in common: their command lines, how they run, and
 * files that appear whole or not at all.
 *
 * @module
 */
export { AtomicFile } from "./atomic_file.ts";
export {
  tcpClient,
  type TcpClientArgs,
  tcpServer,
  type TcpServerArgs,
  udpClient,
  type UdpClientArgs,
  udpServer,
  type UdpServerArgs,
} from "./commands.ts";
export type { Context } from "./context.ts";
export { run } from "./run.ts";
