/**
 * Fills the room of chat.ts, which must be empty, and checks that each member gets
 * every message of every other, in the order in which it was said.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/7-after-the-tutorial/chat_load.ts 100 3
 *
 * The numbers are those of members and of messages that each of them says, one a
 * second. You see what was counted; with a third argument, also how long it took.
 */
import { Connection } from "../../lib/tcp/mod.ts";

const [members = 100, messages = 3, showsTimes] = Deno.args.map(Number);
const total = members * messages * (members - 1); // Nobody gets its own.
const encode = (text: string) => new TextEncoder().encode(text);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** When message `m` of member `s` was sent: at `s * messages + m`. */
const sentAt = new Float64Array(members * messages);
const delays = new Uint32Array(60_000); // How many took 0, 1, 2, … milliseconds.
let received = 0;
let wrong = 0;
const all = Promise.withResolvers<void>();

/** Reads lines such as `<m12> 3` as bytes: at 30 MB a second, text is too slow. */
class Checker {
  lines = 0;
  readonly #next = new Uint32Array(members);
  #isMessage = false;
  #isStart = true;
  #sender = 0;
  #number = 0;

  check(bytes: Uint8Array): void {
    const now = performance.now();
    for (const byte of bytes) {
      if (byte === 0x0a) {
        if (this.#isMessage) this.#count(now);
        this.#isStart = true;
        this.lines++;
      } else if (this.#isStart) {
        this.#isStart = false;
        this.#isMessage = byte === 0x3c; // "<": the others begin with "*".
        this.#number = 0;
      } else if (byte === 0x3e) { // ">"
        this.#sender = this.#number;
        this.#number = 0;
      } else if (byte >= 0x30 && byte <= 0x39) {
        this.#number = this.#number * 10 + byte - 0x30;
      }
    }
  }

  #count(now: number): void {
    const sender = this.#sender;
    const message = this.#number;
    if (this.#next[sender] !== message) wrong++;
    this.#next[sender] = message + 1;
    const delay = now - (sentAt[sender * messages + message] ?? 0);
    const slot = Math.min(Math.round(delay), delays.length - 1);
    delays[slot] = (delays[slot] ?? 0) + 1;
    if (++received === total) all.resolve();
  }
}

async function join(i: number): Promise<Connection> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
  const connection = new Connection(conn);
  const checker = new Checker();
  const joined = Promise.withResolvers<void>();
  const reading = (async () => {
    const buffer = new Uint8Array(16_384);
    for (let n; (n = await connection.read(buffer)) !== null;) {
      checker.check(buffer.subarray(0, n));
      if (checker.lines >= 2) joined.resolve(); // Two lines are for it alone.
    }
  })();
  await connection.write(encode(`m${i}\n`));
  await Promise.race([joined.promise, reading]);
  if (checker.lines < 2) throw new Error("That is no chat room");
  return connection;
}

/** The delay that `share` of the lines have kept to. */
function within(share: number): number {
  let rest = received * share;
  return delays.findIndex((count) => (rest -= count) <= 0);
}

const room: Connection[] = [];
for (let i = 0; i < members; i++) room.push(await join(i));
const start = performance.now();
for (let k = 0; k < members * messages; k++) {
  const early = start + k * 1000 / members - performance.now();
  if (early > 0) await sleep(early);
  const [sender, message] = [k % members, Math.floor(k / members)];
  sentAt[sender * messages + message] = performance.now();
  await room[sender]?.write(encode(`${message}\n`));
}
await Promise.race([all.promise, sleep(30_000)]);
const seconds = (performance.now() - start) / 1000;
console.log(`${members} members, ${members * messages} messages`);
console.log(`${received} lines of ${total}, ${wrong} out of order`);
if (showsTimes) {
  console.log(`${seconds.toFixed(1)} s; half within ${within(0.5)} ms,`);
  console.log(`99 % within ${within(0.99)} ms, all within ${within(1)} ms`);
}
Deno.exit(received === total && wrong === 0 ? 0 : 1);
