/** Where bytes come from, as `Deno.Conn` gives them. */
export interface Reader {
  /** Reads at least 1 byte into `p`; `null` at the end of input. */
  read(p: Uint8Array): Promise<number | null>;
}

/** Where bytes go, as `Deno.Conn` takes them. */
export interface Writer {
  /** Writes some of `p`, at least 1 byte, and says how many. */
  write(p: Uint8Array): Promise<number>;
}

/**
 * The part of `Deno.Conn` that this library uses. `Deno.TcpConn` and
 * `Deno.TlsConn` have it, and so can a stand-in in a test.
 */
export interface StreamConn extends Reader, Writer, Disposable {
  /** This side's address. */
  readonly localAddr: Deno.Addr;
  /** The peer's address. */
  readonly remoteAddr: Deno.Addr;
  /** Ends the sending side; the peer reads the end of input. */
  closeWrite(): Promise<void>;
  /** Closes both sides at once; unlike `close()` it may be called again. */
  [Symbol.dispose](): void;
}
