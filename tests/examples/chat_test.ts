import { assertEquals, assertMatch } from "@std/assert";
import { BufferedReader } from "../../lib/io/mod.ts";
import { serveTcp } from "../../lib/tcp/mod.ts";
import { SendQueue } from "../../examples/send_queue.ts";
import { connect } from "../support/connection.ts";
import { readToEnd, TOO_MUCH } from "../support/loopback_connection.ts";
import { stop } from "../support/scripts.ts";
import { startTyped } from "../support/example.ts";
import { run, works } from "../support/process.ts";
import { binary, encode } from "../support/bytes.ts";

const CHAT = "examples/chat.ts";
const HELP = "* /who, /msg NAME TEXT, /quit; all else goes to everyone";

/** A member of the room, as a person at `nc` is one. */
class Member implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #reader: BufferedReader;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.#reader = new BufferedReader(conn);
  }

  /** Connects, and types a nickname. */
  static async join(port: number, name: string): Promise<Member> {
    const member = await Member.connect(port);
    await member.type(`${name}\n`);
    assertEquals(await member.line(), HELP);
    return member;
  }

  static async connect(port: number): Promise<Member> {
    const member = new Member(await connect(port));
    assertEquals(await member.line(), "* Your nickname?");
    return member;
  }

  async type(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string" ? encode(text) : text;
    await this.#conn.write(bytes);
  }

  /** Reads these bytes and no others. */
  async takes(bytes: Uint8Array): Promise<void> {
    assertEquals(await this.#reader.read(bytes.length), bytes);
  }

  /** The next line; `null` at the end. */
  async line(): Promise<string | null> {
    const bytes = await this.#reader.readLine(32_768);
    return bytes && new TextDecoder().decode(bytes).slice(0, -2);
  }

  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  [Symbol.dispose](): void {
    this.#conn[Symbol.dispose]();
  }
}

Deno.test("chat.ts tells all what one says, and who joins and leaves", async () => {
  await using server = await startTyped(CHAT);
  using michael = await Member.join(server.port, "Michael");
  using tracy = await Member.join(server.port, "Tracy");
  assertEquals(await michael.line(), "* Tracy has joined");
  await michael.type("hel");
  await michael.type("lo\r\nBye\n\n/quit\n");
  assertEquals(await tracy.line(), "<Michael> hello");
  assertEquals(await tracy.line(), "<Michael> Bye");
  assertEquals(await tracy.line(), "* Michael has left");
  assertEquals(await michael.line(), null);
  await tracy.type("not a whole line");
  await tracy.closeWrite();
  assertEquals(await tracy.line(), null);
  assertMatch(
    (await stop(server)).stdout,
    /\nMichael has joined\nTracy has joined\nMichael has left\nTracy has left\n$/,
  );
});

Deno.test("chat.ts lists its members, and passes a private message to one alone", async () => {
  await using server = await startTyped(CHAT);
  using michael = await Member.join(server.port, "Michael");
  using tracy = await Member.join(server.port, "Tracy");
  using ming = await Member.join(server.port, "小明");
  await ming.type("/who\n/msg TRACY psst\n/msg nobody psst\n/help\nhello\n");
  assertEquals(await ming.line(), "* Here: Michael, Tracy, 小明");
  assertEquals(await ming.line(), "* There is no nobody");
  assertEquals(await ming.line(), HELP);
  assertEquals(await tracy.line(), "* 小明 has joined");
  assertEquals(await tracy.line(), "[小明] psst");
  assertEquals(await tracy.line(), "<小明> hello");
  assertEquals(await michael.line(), "* Tracy has joined");
  assertEquals(await michael.line(), "* 小明 has joined");
  assertEquals(await michael.line(), "<小明> hello");
});

Deno.test("chat.ts takes names of people, and each once, however it is written", async () => {
  await using server = await startTyped(CHAT);
  const taken: [string, string][] = [
    ["Michael", "MICHAEL"],
    ["नवीन", "नवीन"],
    ["தமிழ்", "தமிழ்"],
    ["Jose\u0301", "Jos\u00e9"],
    ["\ud55c", "\u1112\u1161\u11ab"],
    ["Tracy", "\u0422r\u0430\u0441\u0443"], // In Cyrillic letters but one.
    ["Bill", "Bi1I"],
    ["Post", "\uff30ost"], // A full-width P.
  ];
  const members: Member[] = [];
  for (const [name, again] of taken) {
    members.push(await Member.join(server.port, name));
    using second = await Member.connect(server.port);
    await second.type(`${again}\n`);
    assertEquals(await second.line(), `* ${again.normalize("NFC")} is taken`);
  }
  using nobody = await Member.connect(server.port);
  for (
    const name of ["M. T.", "\x1b[2J", "\u3164", "Ann\ufe0f", "x".repeat(21)]
  ) {
    await nobody.type(`${name}\n`);
    assertEquals(await nobody.line(), "* 1 to 20 letters and digits, please");
  }
  for (const member of members) member[Symbol.dispose]();
});

Deno.test("chat.ts replies to the commands of telnet, and removes them from the text", async () => {
  await using server = await startTyped(CHAT);
  using telnet = await Member.join(server.port, "Telnet");
  using other = await Member.join(server.port, "Other");
  await telnet.line(); // Other has joined.
  // Ctrl-C; an option that telnet offers, with its parameters; 255 as a letter; Enter.
  const typed = binary(
    "a\xff\xf4\xff\xfd\x06b\xff\xfb\x18\xff\xfa\x18\x00\n\xff\xff\xf0\xff\xf0c\xff\xff\r\x00",
  );
  const answer = binary("\xff\xfc\x06\xff\xfe\x18");
  for (const piece of [typed.length, 1]) {
    for (let at = 0; at < typed.length; at += piece) {
      await telnet.type(typed.subarray(at, at + piece));
    }
    assertEquals(await other.line(), "<Telnet> abc\ufffd");
    for (const half of [answer.subarray(0, 3), answer.subarray(3)]) {
      await telnet.takes(half);
    }
  }
});

Deno.test("chat.ts closes a connection whose first line is a request of HTTP", async () => {
  await using server = await startTyped(CHAT);
  using member = await Member.join(server.port, "Post");
  for (
    const line of ["POST / HTTP/1.1", "get /a?b HTTP/1.0", "PRI * HTTP/2.0"]
  ) {
    using browser = await Member.connect(server.port);
    await browser.type(`${line}\r\n`);
    assertEquals(await browser.line(), null);
  }
  if (works("curl", "--version")) {
    const url = `http://127.0.0.1:${server.port}/`;
    const args = [
      "--silent",
      "--http0.9",
      "--data-binary",
      "Evil\nspam\n",
      url,
    ];
    assertEquals(await run("curl", args), "* Your nickname?\r\n");
  }
  await member.type("/who\n");
  assertEquals(await member.line(), "* Here: Post");
});

Deno.test("chat.ts gives the place of a client without a name to the next one", async () => {
  await using server = await startTyped(CHAT, {
    args: ["--port=0", "--max-connections=1", "--name-timeout=1"],
  });
  using silent = await Member.connect(server.port);
  using _next = await Member.join(server.port, "Next");
  assertEquals(
    await silent.line(),
    "* You have not given a name. Goodbye",
  );
});

Deno.test("chat.ts ends the connection of a member that is idle", async () => {
  await using server = await startTyped(CHAT, {
    args: ["--port=0", "--idle-timeout=1"],
  });
  using member = await Member.join(server.port, "Michael");
  assertEquals(await member.line(), null);
  await server.process.line("Michael has left");
});

Deno.test("chat.ts tells who is there, above the limit of what may wait for a member", async () => {
  await using server = await startTyped(CHAT);
  // A letter with four marks has 20 bytes.
  const letter = "\u{10A00}" + "\u{10A0D}".repeat(4);
  const name = (i: number) => `${100 + i}${letter.repeat(17)}`;
  const count = 200;
  const conns: Deno.TcpConn[] = [];
  const asker = await Member.join(server.port, "Asker");
  for (let i = 0; i < count - 1; i++) {
    const conn = await connect(server.port);
    await conn.write(encode(`${name(i)}\n`));
    conns.push(conn);
    assertEquals(await asker.line(), `* ${name(i)} has joined`);
  }
  await asker.type("/who\n");
  let listed = 0;
  while (listed < count) {
    const line = await asker.line() ?? "";
    assertMatch(line, /^\* Here: /);
    listed += line.split(", ").length;
  }
  assertEquals(listed, count);
  asker[Symbol.dispose]();
  for (const conn of conns) conn.close();
});

Deno.test("chat.ts spells out what a terminal would obey", async () => {
  await using server = await startTyped(CHAT);
  using michael = await Member.join(server.port, "Michael");
  using tracy = await Member.join(server.port, "Tracy");
  await tracy.type("\x1b[2J\r\x07\n");
  assertEquals(await michael.line(), "* Tracy has joined");
  assertEquals(await michael.line(), "<Tracy> \\x1b[2J\\x0d\\x07");
});

Deno.test("chat.ts closes a connection after a line that is too long", async () => {
  await using server = await startTyped(CHAT);
  using member = await Member.join(server.port, "Michael");
  await member.type("x".repeat(512));
  assertEquals(await member.line(), "* A line may have 512 bytes. Goodbye");
  assertEquals(await member.line(), null);
});

Deno.test("chat.ts drops a member that does not read, and the others do not wait for it", async () => {
  await using server = await startTyped(CHAT);
  using stuck = await Member.join(server.port, "Stuck");
  using speaker = await Member.join(server.port, "Speaker");
  using reader = await Member.join(server.port, "Reader");
  await speaker.line(); // Reader has joined.
  const lines = `${"x".repeat(500)}\n`.repeat(32);
  const heard: (string | null)[] = [];
  // What the kernel keeps for a reader is some megabytes, and differs.
  for (let i = 0; i < 2_000 && !heard.at(-1)?.startsWith("*"); i++) {
    await speaker.type(lines);
    for (let k = 0; k < 32; k++) {
      heard.push(await reader.line());
      if (heard.at(-1)?.startsWith("*")) break;
    }
  }
  const left = "* Stuck has left, because it did not read";
  assertEquals(heard.at(-1), left);
  assertEquals(await speaker.line(), left);
  // It reads at last, and is told why there is no more.
  const read: (string | null)[] = [];
  while (read.at(-1) !== null) read.push(await stuck.line());
  assertEquals(
    read.at(-2),
    "* You did not read what was said. Goodbye",
  );
});

Deno.test("SendQueue sends what waits, in a shutdown too", async () => {
  const server = serveTcp({ port: 0 }, async (conn) => {
    const queue = new SendQueue(conn, Infinity, new Uint8Array());
    queue.send(TOO_MUCH);
    await conn.read(new Uint8Array(1)); // Returns null in the shutdown.
    await queue.flush();
  });
  using client = await connect(server.addr.port);
  await client.read(new Uint8Array(1));
  const ended = server.shutdown();
  assertEquals((await readToEnd(client)).length, TOO_MUCH.length - 1);
  await ended;
});
