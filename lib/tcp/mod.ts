/**
 * TCP servers and connections that withstand what peers and networks do.
 *
 * @module
 */
export { behindProxy, ProxyProtocolError } from "./_proxy_protocol.ts";
export {
  Connection,
  type ConnectionOptions,
  IdleTimeoutError,
} from "./connection.ts";
export {
  type Handler,
  serveTcp,
  type ServeTcpOptions,
  TcpServer,
  type TcpServerOptions,
  type TcpService,
} from "./server.ts";
