/**
 * TCP servers and connections that withstand what peers and networks do.
 *
 * @module
 */
export { behindProxy, ProxyProtocolError } from "./_proxy_protocol.ts";
export { IdleTimeoutError } from "./_idle_timer.ts";
export { Connection, type ConnectionOptions } from "./connection.ts";
export { serveTcp, type ServeTcpOptions } from "./serve.ts";
export { type Handler, TcpServer, type TcpServerOptions } from "./server.ts";
