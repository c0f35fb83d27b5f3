/** udp_client.ts against a server that does with each name what the test wants. */
import { assertEquals } from "@std/assert";
import { greeting } from "../../lib/greeting.ts";
import type { Ended, Process } from "./process.ts";
import { deno } from "./scripts.ts";
import { type Asked, openUdp, UdpTestServer } from "./udp.ts";
import { encode, hello } from "./bytes.ts";

/** The script. */
export const CLIENT = "udp_client.ts";

/** What the client has printed, and what it has sent to its server. */
export interface Met extends Ended {
  names: string[];
}

/** A server's answer as the tutorial has it. */
export async function greet({ name, answer }: Asked): Promise<void> {
  await answer(greeting(encode(name)));
}

/** Runs the client until it has ended; `serve` gets each of its datagrams. */
export async function meet(
  args: string[],
  serve: (asked: Asked, client: Process) => Promise<unknown>,
  hostname = "127.0.0.1",
): Promise<Met> {
  const socket = openUdp(hostname);
  const words = [`--hostname=${hostname}`, `--port=${socket.addr.port}`];
  await using client = deno(CLIENT, [...words, ...args]);
  const server = new UdpTestServer((asked) => serve(asked, client), socket);
  const ended = await client.ended().finally(() =>
    server[Symbol.asyncDispose]()
  );
  return { ...ended, names: server.received };
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
