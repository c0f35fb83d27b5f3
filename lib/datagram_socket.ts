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
