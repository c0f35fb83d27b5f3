/**
 * Addresses, the sockets that this library uses, name resolution and the trace.
 *
 * @module
 */
export {
  type Address,
  AddressError,
  formatAddress,
  formatHostname,
  ipVersion,
  parseHostname,
  parsePort,
  sameAddress,
} from "./address.ts";
export { resolve, type ResolveOptions } from "./resolve.ts";
export type { DatagramSocket, StreamConn } from "./sockets.ts";
export {
  type Endpoints,
  Trace,
  traceConn,
  traceDatagrams,
  type TraceEvent,
} from "./trace.ts";
