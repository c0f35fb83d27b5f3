import { connect } from "node:net";

/** Both ends of one connection over loopback, closed with the block. */
export interface Pair extends Disposable {
  ours: Deno.TcpConn;
  peers: Deno.TcpConn;
}

/** Opens a connection to ourselves. */
export async function openPair(): Promise<Pair> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const [peers, ours] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  return {
    ours,
    peers,
    [Symbol.dispose]() {
      ours[Symbol.dispose]();
      peers[Symbol.dispose]();
    },
  };
}

/** All that comes, up to the end of input. */
export async function readToEnd(conn: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (let n; (n = await conn.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, n), { stream: true });
  }
  return text + decoder.decode();
}

/** More than the kernel takes for a peer that does not read. */
export const TOO_MUCH = new Uint8Array(32_000_000);

/** A connection that its peer has reset. */
export async function openReset(): Promise<Deno.TcpConn> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // Deno's own connections cannot be reset: close() sends an end of input first.
  const peers = connect(listener.addr.port, "127.0.0.1");
  const [ours] = await Promise.all([
    listener.accept(),
    new Promise((resolve) => peers.once("connect", resolve)),
  ]);
  const closed = new Promise((resolve) => peers.once("close", resolve));
  peers.resetAndDestroy();
  await closed;
  return ours;
}
