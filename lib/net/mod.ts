/**
 * Addresses, the types of sockets, name resolution, a limit for waits, and a log of
 * what crosses the wire.
 *
 * @module
 */
export {
  type Address,
  AddressError,
  formatAddress,
  formatIp,
  ipVersion,
  parseHostname,
  parsePort,
  sameAddress,
} from "./address.ts";
export { deadline, type DeadlineOptions } from "./clock.ts";
export {
  allowNetOf,
  isNetAllowed,
  type Lookup,
  NetAccessError,
  resolve,
  type ResolveOptions,
} from "./resolve.ts";
export type { DatagramSocket, StreamConn } from "./sockets.ts";
export {
  type Endpoints,
  Trace,
  traceConn,
  traceDatagrams,
  type TraceEvent,
} from "./trace.ts";
