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
export { serveTcp, type ServeTcpOptions } from "./serve.ts";
export { type Handler, TcpServer, type TcpServerOptions } from "./server.ts";
