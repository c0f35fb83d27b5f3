import { MAX_UDP_NAME } from "../../lib/greeting.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { deno, startServer } from "../support/scripts.ts";
import { hasIPv6 } from "../support/ipv6.ts";
import { decode, encode, hello } from "../support/wire.ts";

const SCRIPT = "udp_client.ts";

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
  serving.catch(() => {}); // Checked below; until then the client may run on.
  const { code, stdout, stderr } = await client.ended();
  socket.close();
  await serving;
  return { code, stdout, stderr, received };
}

const greet = (name: string, send: Send) => send(hello(name));

Deno.test("client sends the tutorial's datagrams, each name after the last answer", async () => {
  assertEquals(await run([], greet), {
    code: 0,
    stdout: `${hello("Michael")}\n${hello("Tracy")}\n${hello("Sarah")}\n`,
    stderr: "",
    received: ["Michael", "Tracy", "Sarah"],
  });
});

Deno.test("client sends names as UTF-8, the longest one too", async () => {
  const longest = "a".repeat(MAX_UDP_NAME);
  const { code, stdout, received } = await run(["小明", longest], greet);
  assertEquals(code, 0);
  assertEquals(received, ["小明", longest]);
  assertEquals(stdout, `${hello("小明")}\n${hello(longest)}\n`);
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
    stdout: `${hello("Sarah")}\n${hello("Tracy")}\n`,
  });
  assertEquals(received.slice(0, 4), ["Sarah", "Sarah", "Tracy", "Tracy"]);
});

Deno.test("client prints no doubled or late answer as that of a later name", async () => {
  const { code, stdout } = await run(
    ["Ann", "Bob", "Ann", "Eve"],
    async (name, send) => {
      await send(hello("Ann"));
      if (name === "Bob" || name === "Eve") await send(hello("Ann"));
      await greet(name, send);
      await greet(name, send);
    },
  );
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `${hello("Ann")}\n${hello("Bob")}\n${hello("Ann")}\n${
      hello("Eve")
    }\n`,
  });
});

Deno.test("client takes no answer from another address", async () => {
  const other = Deno.listenDatagram({
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
  await other.send(encode(hello("you")), sender);
  await socket.send(encode(hello("Sarah")), sender);
  const { code, stdout } = await client.ended();
  other.close();
  socket.close();
  assertEquals({ code, stdout }, { code: 0, stdout: `${hello("Sarah")}\n` });
});

Deno.test("client shows safely what the server sends instead of its greeting", async () => {
  const { code, stdout, stderr } = await run(
    ["--timeout=0.1", "--retries=0", "Sarah"],
    (_, send) =>
      send(
        new Uint8Array([...encode("\x1b[2J\n\u202e\u009b"), 0xff, 0x9b]),
      ),
  );
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertStringIncludes(
    stderr,
    'sent "\\x1b[2J\\x0a\\u{202e}\\u{9b}\\xff\\x9b"; is it another server?\n',
  );
});

Deno.test("client that gets no answer says how often it has asked", async () => {
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
  assertEquals({ code, stdout }, { code: 0, stdout: `${hello("Sarah")}\n` });
  assertStringIncludes(stderr, "|Sarah|");
  assertStringIncludes(stderr, `|${hello("Sarah")}|`);
});

Deno.test({
  name: "client talks over IPv6",
  ignore: !hasIPv6,
  async fn() {
    const { code, stdout } = await run(["Sarah"], greet, "::1");
    assertEquals({ code, stdout }, { code: 0, stdout: `${hello("Sarah")}\n` });
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
  await socket.send(encode(hello(decode(datagram))), sender);
  const { code, stdout } = await client.ended();
  socket.close();
  assertEquals({ code, stdout }, { code: 0, stdout: `${hello("Sarah")}\n` });
});

Deno.test({
  name: "client names the address that answers instead of the one it asks",
  // Elsewhere this machine is 127.0.0.1 alone.
  ignore: Deno.build.os !== "linux",
  async fn() {
    const allow = ["net"];
    await using server = await startServer(
      "udp_server.ts",
      ["--hostname=0.0.0.0"],
      { allow },
    );
    const { port } = server;
    await using client = deno(SCRIPT, [
      ...["--hostname=127.0.0.2", `--port=${port}`],
      ...["--timeout=0.1", "--retries=1", "Sarah"],
    ], { allow });
    const { code, stdout, stderr } = await client.ended();
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertEquals(
      stderr,
      `udp_client.ts: Cannot talk to 127.0.0.2:${port} over UDP: ` +
        "No answer to 2 tries of 0.1 s each: " +
        `127.0.0.1:${port} answered instead of 127.0.0.2:${port}; ` +
        "ask the address that answers, or bind the server to the one that is asked\n",
    );
  },
});

Deno.test("client names an empty datagram that comes instead of an answer", async () => {
  const { code, stdout, stderr } = await run(
    ["--timeout=0.1", "--retries=0", "Sarah"],
    (_, send) => send(""),
  );
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(
    stderr,
    /: 127\.0\.0\.1:\d+ sent an empty datagram; is it a load balancer without a server\?\n$/,
  );
});

Deno.test("client refuses a name that the server takes for a loop", async () => {
  await using client = deno(SCRIPT, [hello(hello(hello("Sarah")))]);
  const { code, stderr } = await client.ended();
  assertEquals(code, 2);
  assertStringIncludes(stderr, "greeting of a greeting of a greeting");
});
