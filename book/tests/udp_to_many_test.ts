import { assertEquals } from "@std/assert";
import {
  freePort,
  noLinux,
  noPython,
  Process,
  python,
  ROOT,
  runTyped,
  testUnless,
  typedOutput,
} from "./support.ts";

const FOLDER = "book/5-udp-to-many/";

// The page describes Linux: elsewhere the loopback interface has no groups by default.

/** Starts a receiver of multicast as its header says. */
async function start(path: string, port: number): Promise<Process> {
  const process = await runTyped(FOLDER + path, { port });
  await process.line(/^Bind /);
  return process;
}

testUnless(
  noLinux,
  "a datagram for a group or for all is received by each receiver",
  async () => {
    const port = freePort();
    await using first = await start("receiver.ts", port);
    await using second = await start("receiver.ts", port);
    const replace = { "127.0.0.1,239.1.2.3": "127.0.0.1,127.255.255.255" };
    await typedOutput(`${FOLDER}sender.ts`, { port });
    for (const receiver of [first, second]) {
      await receiver.line(/^Who is there\? from 127\.0\.0\.1:\d+$/);
    }
    const args = ["127.255.255.255"];
    await typedOutput(`${FOLDER}sender.ts`, { port, args, replace });
    for (const receiver of [first, second]) {
      await receiver.line(/^Who is there\? from 127\.0\.0\.1:\d+$/);
    }
  },
);

testUnless(
  noLinux || noPython,
  "Python sends a broadcast with SO_BROADCAST alone",
  async () => {
    const port = freePort();
    await using receiver = await start("receiver.ts", port);
    await using sender = Process.start(python ?? "", [
      `${FOLDER}broadcast.py`,
      String(port),
    ], { cwd: ROOT });
    const { stdout } = await sender.ended();
    assertEquals(stdout, "[Errno 13] Permission denied\n");
    await receiver.line(/^Is anybody there\? from 127\.0\.0\.1:\d+$/);
  },
);

testUnless(noLinux, "clients find two servers", async () => {
  const port = freePort();
  const path = "answers/found_server.ts";
  await using first = await start(path, port);
  await using second = await start(path, port);
  const output = await typedOutput(`${FOLDER}answers/find_servers.ts`, {
    port,
  });
  const ports = (await Promise.all([first, second].map(async (server) => {
    server.kill("SIGTERM");
    return /\d+/.exec((await server.ended()).stdout)?.[0];
  }))).sort();
  const found = output.matchAll(/^A server at 127\.0\.0\.1:(\d+)$/gm)
    .map(([, found]) => found);
  assertEquals([...found].sort(), ports);
});
