import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { equals, readExactly, writeAll } from "../../lib/io/mod.ts";
import { accept, connect } from "../support/connection.ts";
import { runTyped } from "../support/example.ts";
import { size } from "../support/fault.ts";
import { openPair, readToEnd } from "../support/loopback_connection.ts";
import {
  connectAndReset,
  ends,
  isGreeted,
  visit,
} from "../support/tcp_peers.ts";
import {
  deno,
  listening,
  type Server,
  startServer,
  stop,
} from "../support/scripts.ts";
import { decode, encode, hello, WELCOME_TEXT } from "../support/bytes.ts";
import { noLinux, noSignals, testUnless } from "../support/skip.ts";

const RELAY = "examples/relay.ts";
const HOST = "127.0.0.1";

/** Starts a relay to a port, with the permissions of its header. */
async function startRelay(port: number, ...args: string[]): Promise<Server> {
  // Port 0 stands for any port that the relay may listen on.
  const replace = { ":9999": ":0", ":9998": `:${port}` };
  const all = ["--listen=0", `--port=${port}`, ...args];
  return await listening(await runTyped(RELAY, { args: all, replace }));
}

const listen = (tcpBacklog = 511) =>
  Deno.listen({ hostname: HOST, port: 0, tcpBacklog });

/** A client and a server with a relay in between. */
class Relayed implements AsyncDisposable {
  private constructor(
    readonly relay: Server,
    readonly client: Deno.TcpConn,
    readonly server: Deno.TcpConn,
  ) {}

  static async start(...args: string[]): Promise<Relayed> {
    using listener = listen();
    const relay = await startRelay(listener.addr.port, ...args);
    const client = await connect(relay.port);
    return new Relayed(relay, client, await accept(listener));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    this.server[Symbol.dispose]();
    await this.relay[Symbol.asyncDispose]();
  }
}

/** Random bytes, and the same ones again. */
function data(): Uint8Array {
  const block = crypto.getRandomValues(new Uint8Array(50_000));
  const all = new Uint8Array(block.length * size(100, 2_000));
  for (let at = 0; at < all.length; at += block.length) all.set(block, at);
  return all;
}

Deno.test("relay.ts forwards both directions at once, and each byte", async () => {
  await using relayed = await Relayed.start();
  const { client, server } = relayed;
  const [there, back] = [data(), data()];
  const [got, answer] = await Promise.all([
    readExactly(server, there.length),
    readExactly(client, back.length),
    writeAll(client, there),
    writeAll(server, back),
  ]);
  assert(equals(got, there) && equals(answer, back));
});

for (const first of ["client", "server"] as const) {
  const second = first === "client" ? "server" : "client";
  Deno.test(`relay.ts passes on the end of what the ${first} sends, and the ${second} goes on`, async () => {
    await using relayed = await Relayed.start();
    const [one, other] = [relayed[first], relayed[second]];
    await writeAll(one, encode("Michael"));
    await one.closeWrite();
    assertEquals(await readToEnd(other), "Michael");
    await writeAll(other, encode("Hello, Michael!"));
    assertEquals(decode(await readExactly(one, 15)), "Hello, Michael!");
    await other.closeWrite();
    assert(await ends(one));
    await relayed.relay.process.line(/^Connection from .* closed\.$/);
  });
}

Deno.test("relay.ts lets a server that does not read hold up its client", async () => {
  await using relayed = await Relayed.start();
  const { client, server } = relayed;
  const block = new Uint8Array(1_000_000);
  const MOST = 64; // Megabytes: far more than kernel and relay buffer.
  let sent = 0;
  let pending = writeAll(client, block);
  for (; sent < MOST; sent++) {
    // A machine that stalls makes it fewer.
    const isTaken = await deadline(pending, 500).then(() => true, () => false);
    if (!isTaken) break;
    pending = writeAll(client, block);
  }
  assert(sent < MOST, `${sent} MB were taken`);
  const total = (sent + 1) * block.length;
  assertEquals((await readExactly(server, total)).length, total);
  await pending;
});

Deno.test("relay.ts ends the server's connection when the client has reset its own", async () => {
  using listener = listen();
  await using relay = await startRelay(listener.addr.port);
  const resetting = connectAndReset(relay.port, "Michael");
  using server = await accept(listener);
  await writeAll(server, encode("Welcome!"));
  // On Windows the reset may overtake what was sent before it.
  const received = readExactly(server, 7);
  if (noSignals) await received.catch(() => {});
  else assertEquals(decode(await received), "Michael");
  await server.read(new Uint8Array(1)).catch(() => {}); // The end, or a reset.
  await resetting;
  await relay.process.errorLine(
    /^relay\.ts: Cannot talk to 127\.0\.0\.1:[1-9]\d* over TCP: the peer has reset/,
  );
});

Deno.test("relay.ts ends the client's connection when the server has reset its own", async () => {
  const server = createServer((socket: Socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  await once(server.listen(0, HOST), "listening");
  const { port } = server.address() as AddressInfo;
  await using relay = await startRelay(port);
  using client = await connect(relay.port);
  await writeAll(client, encode("Michael"));
  await client.read(new Uint8Array(1)).catch(() => {});
  await relay.process.errorLine(
    `relay.ts: Cannot talk to ${HOST}:${port} over TCP: the peer has reset the connection`,
  );
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("relay.ts ends a client whose server is not there, and goes on", async () => {
  using pair = await openPair();
  const { port } = pair.peers.localAddr; // Nothing listens at a client's own port.
  await using relay = await startRelay(port);
  for (let i = 0; i < 2; i++) {
    using client = await connect(relay.port);
    assert(await ends(client));
  }
  await relay.process.errorLine(
    `relay.ts: Cannot talk to ${HOST}:${port} over TCP: nothing listens there; start the server first`,
  );
});

testUnless(
  noLinux,
  "relay.ts gives up a server that does not accept in time",
  async () => {
    using listener = listen(1);
    const { port } = listener.addr;
    // So many wait to be accepted; the kernel drops what further ones send.
    using _one = await connect(port);
    using _two = await connect(port);
    await using relay = await startRelay(port, "--connect-timeout=0.3");
    using client = await connect(relay.port);
    assert(await ends(client));
    await relay.process.errorLine(/ over TCP: no answer /);
  },
);

Deno.test("relay.ts makes clients above its limit wait until there is room", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0"]);
  await using relay = await startRelay(server.port, "--max-connections=1");
  using first = await visit(relay.port);
  let isWelcomed = false;
  const second = visit(relay.port).finally(() => isWelcomed = true);
  assert(await isGreeted(first, encode("Sarah")));
  assertEquals(isWelcomed, false);
  await first.closeWrite();
  assert(await ends(first));
  (await second).close();
});

Deno.test("relay.ts ends both sides when no byte moves", async () => {
  await using relayed = await Relayed.start("--idle-timeout=0.5");
  assert(await ends(relayed.client));
  assert(await ends(relayed.server));
  await relayed.relay.process.errorLine(/: no data for 0\.5 s; /);
});

testUnless(
  noSignals,
  "relay.ts finishes what is under way at SIGTERM",
  async () => {
    await using relayed = await Relayed.start("--drain-timeout=60");
    const { client, server, relay } = relayed;
    await writeAll(client, encode("Sarah"));
    assertEquals(decode(await readExactly(server, 5)), "Sarah");
    relay.process.kill("SIGTERM");
    assert(await ends(server)); // No more will come.
    await writeAll(server, encode(hello("Sarah")));
    server.close();
    assertEquals(await readToEnd(client), hello("Sarah"));
    const { code, stderr } = await relay.process.ended();
    assertEquals([code, stderr], [0, ""]);
  },
);

testUnless(
  noSignals,
  "relay.ts knows the port of each client, also of one that resets at once",
  async () => {
    await using server = await startServer("tcp_server.ts", ["--delay=0"]);
    await using relay = await startRelay(server.port);
    for (let i = 0; i < 20; i++) await connectAndReset(relay.port);
    using _welcomed = await visit(relay.port);
    const { stdout } = await stop(relay);
    assertMatch(stdout, / from 127\.0\.0\.1:[1-9]\d*\.{3}\n/);
    assert(!/127\.0\.0\.1:0\b/.test(stdout), stdout);
  },
);

Deno.test("relay.ts shows what the tutorial's client and server say", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0"]);
  await using relay = await startRelay(server.port, "--trace", "--quiet");
  await using client = deno("tcp_client.ts", [`--port=${relay.port}`, "Sarah"]);
  const { stdout } = await client.ended();
  assertEquals(stdout, `${WELCOME_TEXT}\n${hello("Sarah")}\n`);
  for (
    const [arrow, text] of [
      ["<-", WELCOME_TEXT],
      ["->", "Sarah"],
      ["<-", hello("Sarah")],
    ]
  ) {
    await relay.process.errorLine(
      new RegExp(` ${arrow} ${HOST}:${server.port} ${text?.length} bytes$`),
    );
    await relay.process.errorLine(new RegExp(`\\|${text}\\|$`));
  }
});

Deno.test("relay.ts has errors as the scripts have them", async () => {
  using listener = listen();
  const { port } = listener.addr;
  const both = `"--allow-net=127.0.0.1:9997,127.0.0.1:9999"`;
  for (
    const [listen, allow, reason] of [
      [port, [`net=${HOST}`], "the port is in use; choose another port, or"],
      [9997, ["net=127.0.0.1:9997"], `Deno does not allow it; grant ${both}`],
    ] as const
  ) {
    await using relay = deno(RELAY, [`--listen=${listen}`], {
      allow: [...allow],
    });
    const { code, stdout, stderr } = await relay.ended();
    assertEquals([code, stdout], [1, ""]);
    const start = `relay.ts: Cannot listen on ${HOST}:${listen} over TCP: `;
    assert(stderr.startsWith(start + reason), stderr);
  }
});
