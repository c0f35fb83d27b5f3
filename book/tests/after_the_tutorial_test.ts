/** The experiments and answers of chapter 7, with the programs of `examples/`. */
import { assertEquals, assertMatch } from "@std/assert";
import { BufferedReader, readExactly, writeAll } from "../../lib/io/mod.ts";
import {
  BIND,
  connect,
  decode,
  encode,
  listening,
  outputOf,
  Process,
  runExample,
  runTyped,
  startServer,
  startTyped,
  typedOutput,
} from "./support.ts";

const FOLDER = "book/7-after-the-tutorial/";
const CHAT = "examples/chat.ts";

Deno.test("chat_plain.ts sends what one says to the others", async () => {
  await using server = await startTyped(`${FOLDER}chat_plain.ts`);
  using michael = await connect(server.port);
  using tracy = await connect(server.port);
  // Connections are accepted in their order: Michael is in the room by then.
  await tracy.write(encode("Tracy"));
  assertEquals(await readExactly(michael, 5), encode("Tracy"));
});

Deno.test("two_members.ts: each member reads what the other one sends", async () => {
  await using server = await startTyped(`${FOLDER}chat_plain.ts`);
  const { port } = server;
  assertEquals(
    await typedOutput(`${FOLDER}two_members.ts`, { port }),
    "Michael's terminal: Tracy: hello\nTracy's terminal: Michael: hello, Tracy\n",
  );
});

/** A member of the room, by its connection: how it reads its next line. */
async function join(conn: Deno.TcpConn, name: string) {
  const reader = new BufferedReader(conn, 1024);
  const line = async () => {
    const bytes = await reader.readLine(1024);
    return bytes && decode(bytes).slice(0, -2);
  };
  assertEquals(await line(), "* Your nickname?");
  await conn.write(encode(`${name}\n`));
  assertMatch(await line() ?? "", /^\* \/who, /);
  return line;
}

Deno.test("chapter 7: the bot welcomes who joins, and answers nobody else", async () => {
  await using server = await startTyped(CHAT);
  const { port } = server;
  await using bot = await runTyped(`${FOLDER}answers/chat_bot.ts`, { port });
  await bot.line(/^\* \/who, /);
  using michael = await connect(port);
  const toMichael = await join(michael, "Michael");
  assertEquals(await toMichael(), "[Bot] Welcome, Michael!");
  await michael.write(encode("* Tracy has joined\n"));
  await bot.line("<Michael> * Tracy has joined");
  using tracy = await connect(port);
  const toTracy = await join(tracy, "Tracy");
  assertEquals(await toMichael(), "* Tracy has joined");
  assertEquals(await toTracy(), "[Bot] Welcome, Tracy!");
});

Deno.test("netcat_half_close.ts gets the response after the end of its input, netcat_plain.ts does not", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0.2"]);
  const { port } = server;
  for (const name of ["netcat_plain.ts", "netcat_half_close.ts"]) {
    await using netcat = runExample(`${FOLDER}${name}`, {
      port,
      hasInput: true,
    });
    await netcat.type("Michael");
    await netcat.endInput();
    await server.process.line(/^Accept new connection/);
    const { stdout } = await netcat.ended();
    const hasResponse = name === "netcat_half_close.ts";
    assertEquals(stdout.includes("Hello, Michael!"), hasResponse, stdout);
  }
});

Deno.test("chapter 7: a file arrives whole, or the receiver knows that it has not", async () => {
  const path = `${FOLDER}answers/whole_file.ts`;
  const receive = () => runExample(path, { port: 0, args: ["receive"] });
  const portOf = async (process: Process) =>
    Number(BIND.exec(await process.errorLine(BIND))?.[1]);
  {
    const file = "0123456789".repeat(100_000);
    await using receiving = receive();
    const port = await portOf(receiving);
    await using sending = runExample(path, {
      port,
      args: ["send"],
      hasInput: true,
    });
    await sending.type(file);
    await sending.endInput();
    assertEquals((await sending.ended()).code, 0);
    const { code, stdout } = await receiving.ended();
    assertEquals([code, stdout === file], [0, true]);
  }
  await using receiving = receive();
  {
    using conn = await connect(await portOf(receiving));
    await conn.write(new Uint8Array([0, 0, 0, 5, 0x68, 0x61])); // Two of five bytes.
    await conn.closeWrite();
    await receiving.errorLine(
      "Not the whole file: The connection ended after 2 of 5 bytes",
    );
  }
  assertEquals((await receiving.ended()).code, 1);
});

Deno.test("relay_plain.ts and relay_half_close.ts forward; only the latter keeps what comes after a half-close", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0.2"]);
  for (const name of ["relay_plain.ts", "relay_half_close.ts"]) {
    const process = await runTyped(`${FOLDER}${name}`, {
      port: 0,
      args: [String(server.port)],
      replace: { ":9998": `:${server.port}` },
    });
    await using relay = await listening(process);
    {
      using client = await connect(relay.port);
      assertEquals(decode(await readExactly(client, 8)), "Welcome!");
      await writeAll(client, encode("Michael"));
      assertEquals(decode(await readExactly(client, 15)), "Hello, Michael!");
    }
    const path = "book/3-tcp-is-a-stream/answers/half_close.ts";
    const output = await outputOf(path, { port: relay.port });
    const hasResponse = name === "relay_half_close.ts";
    assertEquals(output.includes("Hello, Michael!"), hasResponse, output);
  }
});

Deno.test("chapter 7: behind the relay with the PROXY protocol the server sees the client", async () => {
  const script = "examples/deploy/behind_proxy.ts";
  await using server = await startServer(script, ["--delay=0"]);
  const answer = await runTyped(`${FOLDER}answers/relay_proxy.ts`, {
    args: ["0", String(server.port)],
    replace: { ":9999": ":0", ":9998": `:${server.port}` },
  });
  await using relay = await listening(answer);
  using client = await connect(relay.port);
  assertEquals(decode(await readExactly(client, 8)), "Welcome!");
  await writeAll(client, encode("Michael"));
  assertEquals(decode(await readExactly(client, 15)), "Hello, Michael!");
  const { port } = client.localAddr;
  await server.process.line(`Accept new connection from 127.0.0.1:${port}...`);
});
