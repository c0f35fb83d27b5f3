/** UDP sockets for tests: of the system, and fakes of which the test is the network. */
import type { DatagramSocket } from "../../lib/net/mod.ts";

/** How long a wait of a test may take, in milliseconds. */
export const LIMIT = 30_000;

/** The address that a fake socket has, and that its datagrams may come from. */
export const FROM: Deno.NetAddr = {
  transport: "udp",
  hostname: "127.0.0.1",
  port: 9_999,
};

/** A UDP socket of the system, closed with the block. */
export type Open = Deno.DatagramConn & Disposable & { addr: Deno.NetAddr };

/** Opens a socket on any port. */
export function openUdp(hostname = "127.0.0.1", port = 0): Open {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
  const dispose = { [Symbol.dispose]: () => socket.close() };
  return Object.assign(socket, dispose) as Open;
}

/** What a receive returns, or the error that it throws. */
export type Receive =
  | [datagram: Uint8Array<ArrayBuffer>, sender: Deno.NetAddr]
  | Error;

/** A socket whose receives come out as told; what comes after them waits for ever. */
export function fakeSocket(receives: Receive[]): DatagramSocket {
  return {
    addr: FROM,
    receive() {
      const receive = receives.shift();
      if (receive === undefined) return new Promise(() => {});
      return receive instanceof Error
        ? Promise.reject(receive)
        : Promise.resolve(receive);
    },
    send: (data) => Promise.resolve(data.length),
    close() {},
  };
}
