import type { RecordedEvent } from "../record/recorder.ts";
import { KEPT } from "../record/recording.ts";
import { portOf } from "../record/run_of.ts";
import type { Conditions } from "./live_state.ts";

const HOST = "127.0.0.1";

/** How many clients a relay has sockets for. */
const MOST_CLIENTS = 100;

/** How far the clocks of two programs may differ, in milliseconds. */
const SLACK = 5;

/** What has happened to a datagram. */
interface Fate {
  op: "lost" | "doubled";
  /** The time of the clock, in milliseconds. */
  t: number;
  /** The port of the client that sent it, or that it is for. */
  client: number;
  isToServer: boolean;
  /** Its bytes in hexadecimal. */
  data: string;
}

type Socket = Deno.DatagramConn & { addr: Deno.NetAddr };

/**
 * A network between UDP clients and a server on this machine, whose conditions can
 * change at any time. Clients send to its port; the server sees another port for each.
 */
export class UdpRelay implements Disposable {
  /** What it does to the datagrams that come from now on. */
  conditions: Conditions = { loss: 0, duplication: 0, delay: 0 };
  readonly #server: Deno.NetAddr;
  readonly #front = open();
  /** The socket of each client, by the client's port. */
  readonly #backs = new Map<number, Socket>();
  readonly #fates: Fate[] = [];
  readonly #delayed = new Set<ReturnType<typeof setTimeout>>();
  #isClosed = false;

  /** Begins to relay to a port. */
  constructor(server: number) {
    this.#server = { transport: "udp", hostname: HOST, port: server };
    this.#receive(this.#front, (datagram, { port }) => {
      const back = this.#back(port);
      if (back === undefined) return;
      this.#pass(datagram, back, this.#server, port, true);
    });
  }

  /** The port for the clients. */
  get port(): number {
    return this.#front.addr.port;
  }

  /** The ports of the relay, each with the port that it stands for. */
  ports(): Map<number, number> {
    return new Map([
      [this.port, this.#server.port],
      ...Array.from(
        this.#backs,
        ([client, { addr }]): [number, number] => [addr.port, client],
      ),
    ]);
  }

  /**
   * The events of programs as they would be without the relay between them, and the
   * datagrams that it has lost or doubled: calls `lost` and `doubled` of the program
   * that sent them, in the same line.
   *
   * @param events Events with times of the clock.
   */
  whole(events: RecordedEvent[]): RecordedEvent[] {
    const ports = this.ports();
    const direct = events.map((event) => {
      const stands = ports.get(portOf(event.remote));
      return stands === undefined
        ? event
        : { ...event, remote: `${HOST}:${stands}` };
    });
    const programs = new Map(direct.map(({ local, p }) => [portOf(local), p]));
    const fates = this.#fates.flatMap((fate, i): RecordedEvent[] => {
      const { op, client, isToServer, data } = fate;
      const to = isToServer ? this.#server.port : client;
      const sent = direct.findLast((event) =>
        event.e === "begin" && event.data === data &&
        event.t < fate.t + SLACK &&
        portOf(event.remote) === to &&
        (!isToServer || event.p === programs.get(client))
      );
      if (sent === undefined) return [];
      // After the numbers of the program's own calls.
      const call = 1e9 + i;
      const t = Math.max(fate.t, sent.t + 0.01);
      return [
        { ...sent, op, call, t },
        { e: "end", p: sent.p, call, t },
      ];
    });
    return [...direct, ...fates];
  }

  /** Closes it; the datagrams under way are dropped. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const timer of this.#delayed) clearTimeout(timer);
    for (const socket of [this.#front, ...this.#backs.values()]) socket.close();
  }

  /** The socket that a client has towards the server. */
  #back(client: number): Socket | undefined {
    const known = this.#backs.get(client);
    if (known !== undefined || this.#backs.size === MOST_CLIENTS) return known;
    const back = open();
    this.#backs.set(client, back);
    const to = { ...this.#server, port: client };
    this.#receive(back, (datagram, { port }) => {
      // Another program of this machine may not speak for the server.
      if (port !== this.#server.port) return;
      this.#pass(datagram, this.#front, to, client, false);
    });
    return back;
  }

  #pass(
    datagram: Uint8Array,
    socket: Socket,
    to: Deno.NetAddr,
    client: number,
    isToServer: boolean,
  ): void {
    const { loss, duplication, delay } = this.conditions;
    const isLost = Math.random() * 100 < loss;
    const isDoubled = !isLost && Math.random() * 100 < duplication;
    if (isLost || isDoubled) {
      this.#fates.push({
        op: isLost ? "lost" : "doubled",
        t: performance.timeOrigin + performance.now(),
        client,
        isToServer,
        data: datagram.slice(0, KEPT).toHex(),
      });
    }
    if (isLost) return;
    for (let copies = isDoubled ? 2 : 1; copies > 0; copies--) {
      if (delay === 0) this.#send(datagram, socket, to);
      else {
        const timer = setTimeout(() => {
          this.#delayed.delete(timer);
          this.#send(datagram, socket, to);
        }, delay);
        this.#delayed.add(timer);
      }
    }
  }

  async #send(datagram: Uint8Array, socket: Socket, to: Deno.NetAddr) {
    try {
      await socket.send(datagram, to);
    } catch {
      // The receiver is gone, or the relay is closed: so the datagram is lost.
    }
  }

  async #receive(
    socket: Socket,
    take: (datagram: Uint8Array, from: Deno.NetAddr) => void,
  ): Promise<void> {
    while (!this.#isClosed) {
      try {
        const [datagram, from] = await socket.receive(new Uint8Array(65_536));
        take(datagram, from as Deno.NetAddr);
      } catch (error) {
        if (this.#isClosed) return;
        // Windows reports here that a datagram sent before has not arrived.
        if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
      }
    }
  }
}

function open(): Socket {
  const local = { transport: "udp", hostname: HOST, port: 0 } as const;
  return Deno.listenDatagram(local) as Socket;
}
