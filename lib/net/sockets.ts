import type { Reader, Writer } from "../io/mod.ts";

/**
 * The part of `Deno.Conn` that this library uses. `Deno.TcpConn` and
 * `Deno.TlsConn` have it, and so can a stand-in in a test.
 */
export interface StreamConn extends Reader, Writer, Disposable {
  /** This side's address. */
  readonly localAddr: Deno.Addr;
  /** The peer's address. */
  readonly remoteAddr: Deno.Addr;
  /** Endpoints the sending side; the peer reads the end of input. */
  closeWrite(): Promise<void>;
  /** Closes both sides at once; unlike `close()` it may be called again. */
  [Symbol.dispose](): void;
}

/**
 * The part of `Deno.DatagramConn` that this library uses; a stand-in in a test
 * can have it too.
 */
export interface DatagramSocket {
  /** This side's address. */
  readonly addr: Deno.Addr;
  /**
   * Receives one datagram into `p`, and says who has sent it. What does not fit
   * is cut off.
   */
  receive(p?: Uint8Array): Promise<[Uint8Array, Deno.Addr]>;
  /** Sends all of `p` as one datagram. */
  send(p: Uint8Array, addr: Deno.Addr): Promise<number>;
  /** Closes the socket; a receive that waits is interrupted. */
  close(): void;
}
