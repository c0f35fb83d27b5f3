/**
 * A chat room for `nc` and `telnet`.
 *
 *     deno run --allow-net=127.0.0.1:9999 examples/chat.ts
 *
 * In other terminals, one for each member:
 *
 *     nc 127.0.0.1 9999
 *
 * The first line is a nickname, each further line a message to all. Here you see
 * members join and leave; Ctrl-C closes the room. There is no password: with
 * `--hostname 0.0.0.0` everyone on the network may join.
 */
import {
  type Command,
  type Context,
  type OptionsOf,
  run,
  tcpServerCommand,
} from "../lib/cli/mod.ts";
import { LimitExceededError, readLines } from "../lib/io/mod.ts";
import { type Connection, serveTcp } from "../lib/tcp/mod.ts";
import { printable } from "../lib/text/mod.ts";
import { SendQueue } from "./send_queue.ts";

const LONGEST = 512; // The most bytes of a line that is typed.
const MOST_WAITING = 65_536; // The most bytes that wait for one member.
const NAME = /^[\p{L}\p{N}_-]{1,20}$/u;
const HELP = "* /who, /msg NAME TEXT, /quit; all else goes to everyone";

type Log = Context["log"];
type Member = { name: string; queue: SendQueue };
const room = new Map<string, Member>(); // By their names in lower case.

/** A line as bytes; it ends as telnet wants it (RFC 854). */
const encode = (line: string) => new TextEncoder().encode(`${line}\r\n`);

function tellAll(line: string, except: Member): void {
  const bytes = encode(line); // One copy, however many queues hold it.
  for (const to of room.values()) if (to !== except) to.queue.send(bytes);
}

/** Lets a member in under a name, or says why not. */
function join(name: string, member: Member, log: Log): string {
  if (!NAME.test(name)) return "* 1 to 20 letters and digits, please";
  if (room.has(name.toLowerCase())) return `* ${name} is taken`;
  member.name = name;
  room.set(name.toLowerCase(), member);
  tellAll(`* ${name} has joined`, member);
  log(`${name} has joined`);
  return HELP;
}

/** Does what a line says; returns the answer, if there is one. */
function obey(line: string, from: Member): string {
  const [, name = "", text] = /^\/msg\s+(\S+)\s+(.*)/.exec(line) ?? [];
  const to = room.get(name.toLowerCase());
  const names = () => [...room.values()].map(({ name }) => name);
  if (line === "/who") return `* Here: ${names().join(", ")}`;
  if (to) to.queue.send(encode(`[${from.name}] ${text}`));
  else if (line.startsWith("/")) return name ? `* There is no ${name}` : HELP;
  else if (line !== "") tellAll(`<${from.name}> ${line}`, from);
  return "";
}

/** Reads lines up to the end: first a name, and then what the member says. */
async function listen(conn: Connection, member: Member, log: Log) {
  member.queue.send(encode("* Your nickname?"));
  for await (const typed of readLines(conn, { maxLength: LONGEST })) {
    const line = printable(typed.trim());
    if (line === "/quit" || member.queue.isExceeded) return;
    const isNamed = member.name !== "";
    const answer = isNamed ? obey(line, member) : join(line, member, log);
    if (answer !== "") member.queue.send(encode(answer));
  }
}

/** One connection, from its first line to its last. */
async function converse(conn: Connection, log: Log): Promise<void> {
  const slow = encode("* You did not read what was said. Goodbye");
  const queue = new SendQueue(conn, MOST_WAITING, slow);
  const member = { name: "", queue };
  try {
    await Promise.race([listen(conn, member, log), queue.exceeded]);
  } catch (error) {
    if (error instanceof LimitExceededError) {
      queue.send(encode(`* A line may have ${LONGEST} bytes. Goodbye`));
    } else if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
  } finally {
    if (room.delete(member.name.toLowerCase())) {
      const why = queue.isExceeded ? ", because it did not read" : "";
      tellAll(`* ${member.name} has left${why}`, member);
      log(`${member.name} has left${why}`);
    }
  }
  await queue.flush();
}

const { hostname, port, maxConnections, quiet } = tcpServerCommand.options;
const options = { hostname, port, maxConnections, quiet };
const chat: Command<OptionsOf<typeof options>> = {
  script: "chat.ts",
  summary: "Chat room: what one member says, all others read.",
  options,
  isServer: true,
  attempt: (to) => ({ action: "listen on", transport: "TCP", ...to }),
};

await run(chat, async ({ hostname, port, maxConnections }, context) => {
  const { print, log, warn, onError, signal } = context;
  const where = { hostname, port, maxConnections };
  const onListen = (addr: Deno.NetAddr) => print(`Bind TCP on ${addr.port}...`);
  await serveTcp(
    { ...where, signal, onError, warn, onListen },
    (conn) => converse(conn, log),
  ).finished;
});
