import { assertEquals, assertMatch } from "@std/assert";
import { deno, startServer } from "../scripts.ts";
import { fault, size } from "./fault.ts";
import { LossyRelay } from "./lossy_relay.ts";

const target = "udp_client.ts";

fault({
  target,
  fault: "a network that loses 30 % each way, doubles, delays and reorders",
  async fn(tally) {
    await using server = await startServer("udp_server.ts", ["--quiet"]);
    for (let i = 0; i < size(1, 20); i++) {
      const seed = Math.floor(Math.random() * 2 ** 32);
      const loss = { lost: 0.3, doubled: 0.3, delay: 40, seed };
      await using relay = new LossyRelay(server.port, loss);
      const names = Array.from(
        { length: 25 },
        (_, i) => `name ${i} of ${seed}`,
      );
      await using client = deno(target, [
        `--port=${relay.port}`,
        "--timeout=0.1",
        "--retries=50",
        ...names,
      ]);
      const { code, stdout, stderr } = await client.ended();
      assertEquals({ code, stderr }, { code: 0, stderr: "" }, `seed ${seed}`);
      const lines = stdout.trimEnd().split("\n");
      assertEquals(lines.length, names.length, `seed ${seed}`);
      for (const [i, name] of names.entries()) {
        await tally.count(Promise.resolve(lines[i] === `Hello, ${name}!`));
      }
    }
  },
});

fault({
  target,
  fault: "a stranger that answers first, with something else",
  async fn(tally) {
    const open = () =>
      Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const server = open();
    const stranger = open();
    const { port } = server.addr as Deno.NetAddr;
    const names = Array.from({ length: size(50, 500) }, (_, i) => `name ${i}`);
    await using client = deno(target, [`--port=${port}`, ...names]);
    const encode = (text: string) => new TextEncoder().encode(text);
    const serving = (async () => {
      for await (const [datagram, sender] of server) {
        const name = new TextDecoder().decode(datagram);
        await stranger.send(encode("Hello, you!"), sender);
        await stranger.send(encode(`Hello, ${name}!\x1b[2J`), sender);
        await server.send(encode(`Hello, ${name}!`), sender);
      }
    })();
    const { code, stdout } = await client.ended();
    server.close();
    stranger.close();
    await serving;
    assertEquals(code, 0);
    const lines = stdout.split("\n");
    for (const [i, name] of names.entries()) {
      await tally.count(Promise.resolve(lines[i] === `Hello, ${name}!`));
    }
  },
});

fault({
  target,
  fault: "nobody there, or somebody who never answers",
  async fn(tally) {
    const silent = Deno.listenDatagram({
      transport: "udp",
      hostname: "127.0.0.1",
      port: 0,
    });
    const { port } = silent.addr as Deno.NetAddr;
    let asked = 0;
    const counting = (async () => {
      for await (const _ of silent) asked++;
    })();
    const run = async () => {
      await using client = deno(target, [
        `--port=${port}`,
        "--timeout=0.05",
        "--retries=4",
      ]);
      const { code, stdout, stderr } = await client.ended();
      assertMatch(
        stderr,
        /^udp_client\.ts: Cannot talk to .*No answer to 5 tries of 0\.05 s.*\n$/,
      );
      return code === 1 && stdout === "";
    };
    await tally.count(run());
    silent.close();
    await counting;
    assertEquals(asked, 5);
    // Now the port is closed, and the system says so to whoever can hear it.
    await tally.count(run());
  },
});

fault({
  target,
  fault: "a server that sends what a terminal would obey",
  async fn(tally) {
    const server = Deno.listenDatagram({
      transport: "udp",
      hostname: "127.0.0.1",
      port: 0,
    });
    const { port } = server.addr as Deno.NetAddr;
    const names = Array.from({ length: size(100, 1_000) }, (_, i) => `${i}`);
    await using client = deno(target, [`--port=${port}`, ...names]);
    const serving = (async () => {
      for await (const [, sender] of server) {
        const noise = crypto.getRandomValues(new Uint8Array(200));
        const orders = "\x1b[2J\x07\r\n\u009b\u202e\u2066";
        const bytes = new TextEncoder().encode(orders);
        await server.send(new Uint8Array([...bytes, ...noise]), sender);
      }
    })();
    const { code, stdout } = await client.ended();
    server.close();
    await serving;
    assertEquals(code, 0);
    const lines = stdout.split("\n").slice(0, -1);
    assertEquals(lines.length, names.length);
    for (const line of lines) {
      const isSafe = !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(line);
      await tally.count(Promise.resolve(isSafe));
    }
  },
});
