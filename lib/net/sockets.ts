import type { Reader, Writer } from "../io/streams.ts";

/**
 * The part of a TCP or TLS connection that this library uses. `Deno.TcpConn` and
 * `Deno.TlsConn` have it, and a fake in a test can have it.
 */
export interface StreamConn extends Reader, Writer, Disposable {
  /** This side's address. */
  readonly localAddr: Deno.NetAddr;
  /** The peer's address. */
  readonly remoteAddr: Deno.NetAddr;
  /** Closes the sending side (a *half-close*): the peer reads the end of input. */
  closeWrite(): Promise<void>;
  /** Completes the handshake of a TLS connection; one without TLS has no such method. */
  handshake?(): Promise<Deno.TlsHandshakeInfo>;
  /** Closes both sides at once. Unlike `close()` it may be called again. */
  [Symbol.dispose](): void;
}

/**
 * The part of a UDP socket that this library uses. {@linkcode udpSocket} returns one,
 * and a fake in a test can be one.
 */
export interface DatagramSocket extends AnyDatagramSocket {
  /** This side's address. */
  readonly addr: Deno.NetAddr;
  /**
   * Receives one datagram into `p` and returns it with its sender's address. A
   * datagram longer than `p` is cut to its length.
   */
  receive(p?: Uint8Array): Promise<[Uint8Array, Deno.NetAddr]>;
  /** Sends all of `p` as one datagram. */
  send(p: Uint8Array, addr: Deno.NetAddr): Promise<number>;
}

/**
 * The same part of `Deno.DatagramConn`, with the types that Deno gives its addresses.
 * A function that takes this and calls {@linkcode udpSocket} accepts either.
 */
export interface AnyDatagramSocket {
  /** This side's address. */
  readonly addr: Deno.Addr;
  /** Receives one datagram into `p`. */
  receive(p?: Uint8Array): Promise<[Uint8Array, Deno.Addr]>;
  /** Sends all of `p` as one datagram. */
  send(p: Uint8Array, addr: Deno.Addr): Promise<number>;
  /** Closes the socket. A pending `receive` rejects with `Deno.errors.Interrupted`. */
  close(): void;
}

/**
 * Types a UDP socket with the addresses that it has.
 *
 * Deno types the addresses of every datagram socket as `Deno.Addr`, because it may
 * be a Unix socket. A UDP socket has only IP addresses, its own and its senders'.
 *
 * @throws {TypeError} If it is a Unix socket.
 * @param socket A socket of `Deno.listenDatagram` with `transport: "udp"`.
 * @returns The same socket.
 *
 * @example
 * ```ts
 * import { udpSocket } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const socket = udpSocket(
 *   Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
 * );
 * assertEquals(socket.addr.hostname, "127.0.0.1");
 * socket.close();
 * ```
 */
export function udpSocket(socket: AnyDatagramSocket): DatagramSocket {
  const { transport } = socket.addr;
  if (transport !== "udp") {
    throw new TypeError(`Not a UDP socket: transport "${transport}"`);
  }
  // True of the senders as well: a datagram arrives over the socket's own protocol.
  return socket as DatagramSocket;
}
