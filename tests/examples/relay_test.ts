import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { readExactly, writeAll } from "../../lib/io/mod.ts";
import { accept, connect } from "../support/connection.ts";
import { size } from "../support/fault.ts";
import { connectAndReset } from "../support/peers.ts";
import {
  deno,
  listening,
  type Server,
  startServer,
} from "../support/scripts.ts";
import { runTyped, typedOutput } from "../support/example.ts";
import { hello } from "../support/wire.ts";

const RELAY = "examples/relay.ts";
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Starts a relay to a port, with the permissions of its header. */
async function startRelay(
  port: number,
  args: string[] = [],
  path = RELAY,
): Promise<Server> {
  // Port 0 stands for any port that the relay may listen on.
  const replace = { ":9999": ":0", ":9998": `:${port}` };
  return await listening(
    await runTyped(path, {
      args: ["--listen=0", `--port=${port}`, ...args],
      replace,
    }),
  );
}

function listen() {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

/** A client and a server with a relay in between. */
class Relayed implements AsyncDisposable {
  private constructor(
    readonly relay: Server,
    readonly client: Deno.TcpConn,
    readonly server: Deno.TcpConn,
  ) {}

  static async start(...args: string[]): Promise<Relayed> {
    using listener = listen();
    const relay = await startRelay(listener.addr.port, args);
    const client = await connect(relay.port);
    return new Relayed(relay, client, await accept(listener));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    this.server[Symbol.dispose]();
    await this.relay[Symbol.asyncDispose]();
  }
}

/** Connects, and is reset: while it connects, or then. */
async function assertReset(port: number): Promise<void> {
  await assertRejects(async () => {
    using client = await connect(port);
    await client.read(new Uint8Array(1));
  }, Deno.errors.ConnectionReset);
}

/** Random bytes, and the same ones again. */
function data(): Uint8Array {
  const block = crypto.getRandomValues(new Uint8Array(50_000));
  const all = new Uint8Array(block.length * size(100, 2_000));
  for (let at = 0; at < all.length; at += block.length) all.set(block, at);
  return all;
}

async function hash(bytes: Uint8Array): Promise<string> {
  const copy = new Uint8Array(bytes);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy)).toHex();
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
  assertEquals(await hash(got), await hash(there));
  assertEquals(await hash(answer), await hash(back));
});

Deno.test("relay.ts passes on the end of either direction, and keeps the other one", async () => {
  for (const first of ["client", "server"] as const) {
    await using relayed = await Relayed.start();
    const one = relayed[first];
    const other = relayed[first === "client" ? "server" : "client"];
    await writeAll(one, encode("Michael"));
    await one.closeWrite();
    assertEquals(decode(await readExactly(other, 7)), "Michael");
    assertEquals(await other.read(new Uint8Array(1)), null);
    await writeAll(other, encode("Hello, Michael!"));
    assertEquals(decode(await readExactly(one, 15)), "Hello, Michael!");
    await other.closeWrite();
    assertEquals(await one.read(new Uint8Array(1)), null);
    await relayed.relay.process.line(/^Connection from .* closed\.$/);
  }
});

Deno.test("relay.ts lets a server that does not read hold up its client", async () => {
  await using relayed = await Relayed.start();
  const { server } = relayed;
  const client = relayed.client;
  const block = new Uint8Array(1_000_000);
  const MOST = 64; // Megabytes: far more than kernel and relay buffer.
  let sent = 0;
  let pending = writeAll(client, block);
  while (sent < MOST) {
    try {
      await deadline(pending, 500); // A machine that stalls makes it fewer.
    } catch {
      break;
    }
    sent++;
    pending = writeAll(client, block);
  }
  assert(sent < MOST, `${sent} MB were taken`);
  const total = (sent + 1) * block.length;
  assertEquals((await readExactly(server, total)).length, total);
  await pending;
});

Deno.test("relay.ts passes a client's reset on to the server", async () => {
  using listener = listen();
  await using relay = await startRelay(listener.addr.port);
  const resetting = connectAndReset(relay.port, "Michael");
  using server = await accept(listener);
  await writeAll(server, encode("Welcome!"));
  assertEquals(decode(await readExactly(server, 7)), "Michael");
  await assertRejects(
    () => server.read(new Uint8Array(1)),
    Deno.errors.ConnectionReset,
  );
  await resetting;
  await relay.process.errorLine(
    /^relay\.ts: Cannot talk to 127\.0\.0\.1:\d+ over TCP: the peer has reset/,
  );
});

Deno.test("relay.ts passes a server's reset on to the client", async () => {
  const server = createServer();
  const connected = new Promise<Socket>((resolve) =>
    server.once("connection", resolve)
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await using relay = await startRelay(port);
  using client = await connect(relay.port);
  await writeAll(client, encode("Michael"));
  const socket = await connected;
  await new Promise((resolve) => socket.once("data", resolve));
  socket.resetAndDestroy();
  await assertRejects(
    () => client.read(new Uint8Array(1)),
    Deno.errors.ConnectionReset,
  );
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("relay.ts resets a client whose server is not there, and goes on", async () => {
  const listener = listen();
  const { port } = listener.addr;
  listener.close();
  await using relay = await startRelay(port);
  for (let i = 0; i < 2; i++) await assertReset(relay.port);
  await relay.process.errorLine(
    `relay.ts: Cannot talk to 127.0.0.1:${port} over TCP: nothing listens there; start the server first`,
  );
});

Deno.test("relay.ts resets clients above its limit, until there is room", async () => {
  await using relayed = await Relayed.start("--max-connections=1");
  const { client, server, relay } = relayed;
  await assertReset(relay.port);
  await client.closeWrite();
  await server.closeWrite();
  await relay.process.line(/ closed\.$/);
  // Nothing listens any more: the relay tries to connect, and says so.
  await assertReset(relay.port);
  await relay.process.errorLine(/nothing listens there/);
});

Deno.test("relay.ts resets both sides when no byte moves", async () => {
  await using relayed = await Relayed.start("--idle-timeout=1");
  for (const conn of [relayed.client, relayed.server]) {
    await assertRejects(
      () => conn.read(new Uint8Array(1)),
      Deno.errors.ConnectionReset,
    );
  }
  await relayed.relay.process.errorLine(/: no data for 1 s; /);
});

Deno.test({
  name: "relay.ts ends at a signal, and resets what is open",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using relayed = await Relayed.start();
    const { client, server, relay } = relayed;
    await writeAll(client, encode("x"));
    await readExactly(server, 1);
    relay.process.kill("SIGTERM");
    await assertRejects(
      () => client.read(new Uint8Array(1)),
      Deno.errors.ConnectionReset,
    );
    assertEquals((await relay.process.ended()).code, 0);
  },
});

Deno.test("relay.ts shows what the tutorial's client and server say", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0"]);
  await using relay = await startRelay(server.port, ["--trace", "--quiet"]);
  await using client = deno("tcp_client.ts", [`--port=${relay.port}`, "Sarah"]);
  assertEquals((await client.ended()).stdout, "Welcome!\nHello, Sarah!\n");
  await relay.process.errorLine(
    new RegExp(`TCP 127\\.0\\.0\\.1:\\d+ <- .*:${server.port} 8 bytes$`),
  );
  await relay.process.errorLine(/\|Welcome!\|$/);
  await relay.process.errorLine(
    new RegExp(`TCP 127\\.0\\.0\\.1:${relay.port} <- .* 5 bytes$`),
  );
  await relay.process.errorLine(/\|Sarah\|$/);
  await relay.process.errorLine(
    new RegExp(` ${hello("Sarah").length} bytes$`),
  );
});

Deno.test("relay.ts has help and errors as the scripts have them", async () => {
  const help = await typedOutput(RELAY, { args: ["--help"] });
  assertMatch(help, /^Usage: relay\.ts \[OPTIONS\]\n\nTCP relay: /);
  using listener = listen();
  const { port } = listener.addr;
  await using second = await runTyped(RELAY, {
    port,
    args: [`--listen=${port}`, "--port=9998"],
  });
  assertEquals(await second.ended(), {
    code: 1,
    signal: null,
    stdout: "",
    stdoutBytes: new Uint8Array(),
    stderr:
      `relay.ts: Cannot listen on 127.0.0.1:${port} over TCP: the port is in use; choose another port, or stop the program that uses it\n`,
  });
});

Deno.test("relay.ts names each permission that is missing, the server's too", async () => {
  await using relay = deno(RELAY, ["--listen=9997"], {
    allow: ["net=127.0.0.1:9997"],
  });
  const { code, stderr } = await relay.ended();
  assertEquals([code, stderr], [
    1,
    "relay.ts: Cannot listen on 127.0.0.1:9997 over TCP: Deno does not allow it; grant --allow-net=127.0.0.1:9997,127.0.0.1:9999\n",
  ]);
});
