/** udp_client.ts against a server that does with each name what the test wants. */
import { assertEquals } from "@std/assert";
import { greeting } from "../../lib/greeting.ts";
import type { Ended, Process } from "./process.ts";
import { deno } from "./scripts.ts";
import { openUdp } from "./udp.ts";
import { decode, encode, hello } from "./wire.ts";

/** The script. */
export const CLIENT = "udp_client.ts";

/** What the client has printed, and what it has sent to its server. */
export interface Met extends Ended {
  names: string[];
}

/** What the server does about a datagram. */
export interface Asked {
  name: string;
  /** Sends a datagram to the client. */
  answer(datagram: string | Uint8Array): Promise<unknown>;
  /** The client's address. */
  sender: Deno.NetAddr;
  /** The server's port. */
  port: number;
  client: Process;
}

/** A server's answer as the tutorial has it. */
export async function greet({ name, answer }: Asked): Promise<void> {
  await answer(greeting(encode(name)));
}

/** Runs the client until it has ended; `serve` gets each of its datagrams. */
export async function meet(
  args: string[],
  serve: (asked: Asked) => Promise<unknown>,
  hostname = "127.0.0.1",
): Promise<Met> {
  const socket = openUdp(hostname);
  const { port } = socket.addr;
  const names: string[] = [];
  const words = [`--hostname=${hostname}`, `--port=${port}`, ...args];
  await using client = deno(CLIENT, words);
  const serving = (async () => {
    for await (const [datagram, addr] of socket) {
      const sender = addr as Deno.NetAddr;
      // Its own, which ends it: all that the client has sent stands before it.
      if (sender.port === port) break;
      const name = decode(datagram);
      names.push(name);
      const answer = (data: string | Uint8Array) =>
        socket.send(typeof data === "string" ? encode(data) : data, sender);
      await serve({ name, answer, sender, port, client });
    }
  })();
  serving.catch(() => {}); // Checked below; until then the client may run on.
  try {
    const ended = await client.ended();
    await socket.send(new Uint8Array(), socket.addr);
    await serving;
    return { ...ended, names };
  } finally {
    socket.close();
  }
}

/** Checks that every name was greeted once, in order, and nothing else printed. */
export function assertGreets(
  { code, stdout, stderr }: Ended,
  names: string[],
): void {
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: names.map((name) => `${hello(name)}\n`).join(""),
    stderr: "",
  });
}
