/** UDP sockets for tests: of the system, and fakes of which the test is the network. */
import { deadline } from "@std/async/deadline";
import type { DatagramSocket } from "../../lib/net/mod.ts";
import { decode, encode } from "./bytes.ts";

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

/** A datagram that a server has received. */
export interface Asked {
  name: string;
  /** Sends a datagram to its sender. */
  answer(data: string | Uint8Array): Promise<unknown>;
  sender: Deno.NetAddr;
  /** The server's port. */
  port: number;
}

/** A server that does with each datagram what the test wants. */
export class UdpTestServer implements AsyncDisposable {
  /** The names that have come. */
  readonly received: string[] = [];
  /** Its address. */
  readonly address: { hostname: string; port: number };
  readonly #socket: Open;
  readonly #serving: Promise<void>;
  #arrived = Promise.withResolvers<void>();

  /** Begins to serve. */
  constructor(serve: (asked: Asked) => unknown, socket: Open = openUdp()) {
    const { hostname, port } = socket.addr;
    this.address = { hostname, port };
    this.#socket = socket;
    this.#serving = this.#serve(serve);
    this.#serving.catch(() => {}); // It is thrown at the end.
  }

  /** Waits until so many datagrams have come. */
  async has(count: number): Promise<void> {
    while (this.received.length < count) {
      await deadline(this.#arrived.promise, LIMIT);
    }
  }

  /** Serves all that has come, and closes the socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket.send(new Uint8Array(), this.#socket.addr);
    await this.#serving.finally(() => this.#socket.close());
  }

  async #serve(serve: (asked: Asked) => unknown): Promise<void> {
    const { port } = this.address;
    for await (const [datagram, addr] of this.#socket) {
      const sender = addr as Deno.NetAddr;
      // Its own, which ends it: all that was sent before stands before it.
      if (sender.port === port) break;
      const name = decode(datagram);
      this.received.push(name);
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
      const answer = (data: string | Uint8Array) =>
        this.#socket.send(typeof data === "string" ? encode(data) : data, addr);
      await serve({ name, answer, sender, port });
    }
  }
}
