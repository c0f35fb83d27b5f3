import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { deno } from "../support/scripts.ts";
import { hasIPv6 } from "../support/ipv6.ts";

const SCRIPT = "udp_client.ts";
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

type Send = (text: string | Uint8Array) => Promise<void>;

/**
 * Runs the client against a server that does with each datagram what the test
 * wants, until the client has ended.
 */
async function run(
  args: string[],
  onDatagram: (name: string, send: Send) => Promise<void>,
  hostname = "127.0.0.1",
) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const received: string[] = [];
  await using client = deno(SCRIPT, [
    `--hostname=${hostname}`,
    `--port=${port}`,
    ...args,
  ]);
  const serving = (async () => {
    for await (const [datagram, sender] of socket) {
      const name = decode(datagram);
      received.push(name);
      await onDatagram(name, async (text) => {
        const bytes = typeof text === "string" ? encode(text) : text;
        await socket.send(bytes, sender);
      });
    }
  })();
  const { code, stdout, stderr } = await client.ended();
  socket.close();
  await serving;
  return { code, stdout, stderr, received };
}

const greet = (name: string, send: Send) => send(`Hello, ${name}!`);

Deno.test("client sends the tutorial's datagrams, each name after the last answer", async () => {
  assertEquals(await run([], greet), {
    code: 0,
    stdout: "Hello, Michael!\nHello, Tracy!\nHello, Sarah!\n",
    stderr: "",
    received: ["Michael", "Tracy", "Sarah"],
  });
});

Deno.test("client sends names as UTF-8, the longest one too", async () => {
  const longest = "a".repeat(65_499);
  const { code, stdout, received } = await run(["小明", longest], greet);
  assertEquals(code, 0);
  assertEquals(received, ["小明", longest]);
  assertEquals(stdout, `Hello, 小明!\nHello, ${longest}!\n`);
});

Deno.test("client asks again when an answer is lost", async () => {
  let asked = 0;
  const { code, stdout, received } = await run(
    ["--timeout=0.2", "--retries=9", "Sarah", "Tracy"],
    async (name, send) => {
      if (++asked % 2 === 0) await greet(name, send);
    },
  );
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "Hello, Sarah!\nHello, Tracy!\n",
  });
  assertEquals(received.slice(0, 4), ["Sarah", "Sarah", "Tracy", "Tracy"]);
});

Deno.test("client prints no doubled or late answer as that of a later name", async () => {
  const { code, stdout } = await run(
    ["Ann", "Bob", "Ann", "Eve"],
    async (name, send) => {
      await send("Hello, Ann!");
      if (name === "Bob" || name === "Eve") await send("Hello, Ann!");
      await greet(name, send);
      await greet(name, send);
    },
  );
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "Hello, Ann!\nHello, Bob!\nHello, Ann!\nHello, Eve!\n",
  });
});

Deno.test("client takes no answer from a stranger", async () => {
  const stranger = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  const { port } = socket.addr as Deno.NetAddr;
  await using client = deno(SCRIPT, [`--port=${port}`, "Sarah"]);
  const [, sender] = await socket.receive();
  await stranger.send(encode("Hello, you!"), sender);
  await socket.send(encode("Hello, Sarah!"), sender);
  const { code, stdout } = await client.ended();
  stranger.close();
  socket.close();
  assertEquals({ code, stdout }, { code: 0, stdout: "Hello, Sarah!\n" });
});

Deno.test("client shows safely whatever the server sends", async () => {
  const { code, stdout } = await run(["Sarah"], (_, send) =>
    send(
      new Uint8Array([...encode("\x1b[2J\n\u202e\u009b"), 0xff, 0x9b]),
    ));
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "\\x1b[2J\\x0a\\u{202e}\\u{9b}\\xff\\x9b\n",
  });
});

Deno.test("client that nobody answers says how often it has asked", async () => {
  const { code, stdout, stderr, received } = await run(
    ["--timeout=0.05", "--retries=2", "Sarah", "Tracy"],
    async () => {},
  );
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(
    stderr,
    /^udp_client\.ts: Cannot talk to 127\.0\.0\.1:\d+ over UDP: .*\b3\b.*start the server.*\n$/,
  );
  assertEquals(received, ["Sarah", "Sarah", "Sarah"]);
});

Deno.test("client shows with --trace what crosses the wire, on standard error", async () => {
  const { code, stdout, stderr } = await run(["--trace", "Sarah"], greet);
  assertEquals({ code, stdout }, { code: 0, stdout: "Hello, Sarah!\n" });
  assertStringIncludes(stderr, "|Sarah|");
  assertStringIncludes(stderr, "|Hello, Sarah!|");
});

Deno.test({
  name: "client talks over IPv6",
  ignore: !hasIPv6,
  async fn() {
    const { code, stdout } = await run(["Sarah"], greet, "::1");
    assertEquals({ code, stdout }, { code: 0, stdout: "Hello, Sarah!\n" });
  },
});

Deno.test("client finds a server by its name", async () => {
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: "localhost",
    port: 0,
  });
  const { port } = socket.addr as Deno.NetAddr;
  await using client = deno(SCRIPT, ["-H", "localhost", `-p${port}`, "Sarah"]);
  const [datagram, sender] = await socket.receive();
  await socket.send(encode(`Hello, ${decode(datagram)}!`), sender);
  const { code, stdout } = await client.ended();
  socket.close();
  assertEquals({ code, stdout }, { code: 0, stdout: "Hello, Sarah!\n" });
});
