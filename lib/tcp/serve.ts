import type { Listener } from "./_accept.ts";
import { type Handler, TcpServer, type TcpServerOptions } from "./server.ts";

/** Options of {@linkcode serveTcp}. */
export interface ServeTcpOptions extends TcpServerOptions {
  /** The port; 0: any free one, which `addr` tells. */
  port: number;
  /**
   * The address to listen on; `0.0.0.0` lets the whole network in.
   *
   * @default {"127.0.0.1"} Unlike Deno's own, which is 0.0.0.0.
   */
  hostname?: string | undefined;
  /**
   * Whether other processes may listen on the port, too (Linux). Without
   * `--unstable-net`, Deno ends the program there.
   */
  reusePort?: boolean | undefined;
  /** How many connections may wait to be accepted: the listen backlog. */
  tcpBacklog?: number | undefined;
  /** The certificate chain in PEM: the server speaks TLS. */
  cert?: string | undefined;
  /** The private key of the certificate in PEM. */
  key?: string | undefined;
  /** The protocols that the server speaks inside TLS, the preferred one first (ALPN). */
  alpnProtocols?: string[] | undefined;
  /** Called once it listens. When it throws, the port is closed. */
  onListen?: ((localAddr: Deno.NetAddr) => void) | undefined;
}

/**
 * Serves TCP: what `Deno.serve` is for HTTP. It is a {@linkcode TcpServer} with its
 * listener and its accept loop.
 *
 * @throws {RangeError} If a limit is negative, NaN, or a fraction of a connection.
 * @throws {TypeError} If a limit is no number, or `cert` comes without `key`.
 * @throws {Deno.errors.AddrInUse} If the port is in use.
 * @throws {Deno.errors.NotCapable} If `--allow-net` does not name the address.
 * @param options Where to listen, and the limits.
 * @param handler What to do with a connection. When it returns, the connection is
 * closed gracefully; when it throws, the connection is aborted and `onError` called.
 * @returns The running server.
 *
 * @example An echo server
 * ```ts
 * import { serveTcp } from "./mod.ts";
 *
 * const server = serveTcp({ port: 0, maxConnections: 1_000 }, async (connection) => {
 *   const buffer = new Uint8Array(1024);
 *   for (let n; (n = await connection.read(buffer)) !== null;) {
 *     await connection.write(buffer.subarray(0, n));
 *   }
 * });
 * await server.shutdown();
 * ```
 */
export function serveTcp(
  options: ServeTcpOptions,
  handler: Handler,
): TcpServer {
  using undo = new DisposableStack();
  const listener = undo.use(listen(options));
  const server = new TcpServer(listener, options);
  options.onListen?.(server.addr);
  undo.move();
  void serve(server, handler);
  return server;
}

async function serve(server: TcpServer, handler: Handler): Promise<void> {
  for (let conn; (conn = await server.accept()) !== null;) {
    server.spawn(conn, handler);
  }
  await server.shutdown();
}

function listen(options: ServeTcpOptions): Listener {
  // The defaults are Deno's own, the address aside.
  const { hostname = "127.0.0.1", port, tcpBacklog = 511 } = options;
  const { reusePort = false, cert, key, alpnProtocols = [] } = options;
  const where = { hostname, port, tcpBacklog, reusePort };
  if (cert === undefined && key === undefined) return Deno.listen(where);
  if (cert === undefined || key === undefined) {
    throw new TypeError("TLS needs both: cert and key");
  }
  return Deno.listenTls({ ...where, cert, key, alpnProtocols });
}
