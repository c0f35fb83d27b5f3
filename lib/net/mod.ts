/**
 * Addresses, the types of sockets, name resolution, a clock, limits for waits, and
 * a log of what crosses the wire.
 *
 * @module
 */
export {
  type Address,
  AddressError,
  describeBound,
  formatAddress,
  formatHostname,
  formatIp,
  ipVersion,
  isLoopback,
  localHostnameFor,
  parseHostname,
  parsePort,
  sameAddress,
} from "./address.ts";
export {
  checkCount,
  checkTime,
  type Clock,
  deadline,
  type DeadlineOptions,
  systemClock,
} from "./clock.ts";
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
