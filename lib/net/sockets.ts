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
 * The part of a UDP socket that this library uses. `Deno.listenDatagram` returns one,
 * and a fake in a test can be one. Deno types each address as `Deno.Addr`, because a
 * datagram socket may be a Unix socket; those of a UDP socket are `Deno.NetAddr`.
 */
export type DatagramSocket = Pick<
  Deno.DatagramConn,
  "addr" | "receive" | "send" | "close"
>;
