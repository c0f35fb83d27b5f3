/** A connection of which a test says what it does; its reads wait until it is closed. */
export function fakeConn(methods: Partial<Deno.TlsConn>): Deno.TlsConn {
  const addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  const closed = Promise.withResolvers<null>();
  closed.promise.catch(() => {}); // There may be no pending read.
  const conn = {
    localAddr: addr,
    remoteAddr: addr,
    read: () => closed.promise,
    write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
    closeWrite: () => Promise.resolve(),
    setNoDelay() {},
    [Symbol.dispose]: () =>
      closed.reject(new Deno.errors.Interrupted("closed")),
    ...methods,
  };
  return conn as unknown as Deno.TlsConn;
}
