import { assertEquals, assertMatch } from "@std/assert";
import { BufferedReader } from "../../lib/io/mod.ts";
import { connect } from "../support/connection.ts";
import { stop } from "../support/scripts.ts";
import { runTyped, startTyped, typedOutput } from "../support/example.ts";

const CHAT = "examples/chat.ts";
const HELP = "* /who, /msg NAME TEXT, /quit; all else goes to everyone";

/** A member of the room, as a person at `nc` is one. */
class Member implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #reader: BufferedReader;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.#reader = new BufferedReader(conn, 1024);
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

  async type(text: string): Promise<void> {
    await this.#conn.write(new TextEncoder().encode(text));
  }

  /** The next line; `null` at the end. */
  async line(): Promise<string | null> {
    const bytes = await this.#reader.readLine(1024);
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

Deno.test("chat.ts takes a name once, whatever its case, and no name that it cannot show", async () => {
  await using server = await startTyped(CHAT);
  using _michael = await Member.join(server.port, "Michael");
  using second = await Member.connect(server.port);
  await second.type("MICHAEL\nM. T.\n\x1b[2J\nTracy\n");
  assertEquals(await second.line(), "* MICHAEL is taken");
  assertEquals(await second.line(), "* 1 to 20 letters and digits, please");
  assertEquals(await second.line(), "* 1 to 20 letters and digits, please");
  assertEquals(await second.line(), HELP);
});

Deno.test("chat.ts spells out what a terminal would obey", async () => {
  await using server = await startTyped(CHAT);
  using michael = await Member.join(server.port, "Michael");
  using tracy = await Member.join(server.port, "Tracy");
  await tracy.type("\x1b[2J\r\x07\n");
  assertEquals(await michael.line(), "* Tracy has joined");
  assertEquals(await michael.line(), "<Tracy> \\x1b[2J\\x0d\\x07");
});

Deno.test("chat.ts ends a conversation with a line that is too long", async () => {
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

Deno.test("chat.ts has answers and errors as the scripts have them", async () => {
  const help = await typedOutput(CHAT, { args: ["--help"] });
  assertMatch(help, /^Usage: chat\.ts \[OPTIONS\]\n\nChat room: /);
  await using wrong = await runTyped(CHAT, { args: ["--port=x"] });
  const { code, stderr } = await wrong.ended();
  assertEquals(code, 2);
  assertMatch(stderr, /^chat\.ts: Invalid --port "x": /);
});
