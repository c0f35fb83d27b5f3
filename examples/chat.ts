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
import { run, seconds, tcpServerCommand, value } from "../lib/cli/mod.ts";
import { LimitExceededError, readLines } from "../lib/io/mod.ts";
import { type Connection, serveTcp } from "../lib/tcp/mod.ts";
import { printable } from "../lib/text/mod.ts";
import { encode, type Member, Room } from "./chat_room.ts";
import { SendQueue } from "./send_queue.ts";
import { TelnetReader } from "./telnet.ts";

const LONGEST = 512; // The most bytes of a line that is typed.
const MOST_WAITING = 65_536; // The most bytes that wait for one member.
const HTTP = /^\S+ \S+ HTTP\/\d(\.\d)?$/; // The first line of a request.

type Log = (line: string) => void;
const room = new Room();
/** Reads lines up to the end: first a name, and then what the member says. */
async function listen(conn: Connection, member: Member, log: Log) {
  const { queue } = member;
  queue.send(encode("* Your nickname?"));
  const reader = new TelnetReader(conn, (reply) => queue.send(reply));
  for await (const typed of readLines(reader, { maxLength: LONGEST })) {
    const line = printable(typed.trim());
    if (line === "/quit" || queue.isExceeded) return;
    const isNamed = member.name !== "";
    if (!isNamed && HTTP.test(line)) return; // A web page chooses what follows.
    const answers = isNamed
      ? room.obey(line, member)
      : [room.join(line, member)];
    if (!isNamed && member.name !== "") log(`${member.name} has joined`);
    for (const answer of answers) {
      queue.send(encode(answer));
      await queue.written; // It gets no more answers than it reads.
    }
  }
}

/** One connection, from its first line to its last. */
async function converse(conn: Connection, nameTimeout: number, log: Log) {
  const slow = encode("* You did not read what was said. Goodbye");
  const queue = new SendQueue(conn, MOST_WAITING, slow);
  const member = { name: "", queue };
  const late = async () => {
    await conn.sleep(nameTimeout);
    if (member.name !== "") return await queue.exceeded;
    queue.send(encode("* You have not given a name. Goodbye"));
  };
  try {
    await Promise.race([listen(conn, member, log), queue.exceeded, late()]);
  } catch (error) {
    if (error instanceof LimitExceededError) {
      queue.send(encode(`* A line may have ${LONGEST} bytes. Goodbye`));
    } else if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
  } finally {
    if (member.name !== "") {
      const why = queue.isExceeded ? ", because it did not read" : "";
      room.leave(member, why);
      log(`${member.name} has left${why}`);
    }
  }
  await queue.flush();
}

const { hostname, port, maxConnections, quiet } = tcpServerCommand.options;
const time = (byDefault: string, help: string) => {
  const parse = seconds("above 0");
  return value({ placeholder: "SECONDS", default: byDefault, parse, help });
};
await run({
  script: "chat.ts",
  summary: "Chat room: what one member says, all others read.",
  options: {
    ...{ hostname, port, maxConnections, quiet },
    nameTimeout: time("60", "Longest wait for a name"),
    idleTimeout: time(
      "3600",
      "Close a connection after this long without data",
    ),
  },
  isServer: true,
  attempt: (to) => ({ action: "listen on", transport: "TCP", ...to }),
}, async ({ nameTimeout, ...limits }, context) => {
  const server = serveTcp(
    { ...limits, ...context },
    (conn) => converse(conn, nameTimeout, context.log),
  );
  context.print(`Bind TCP on ${server.addr.port}...`);
  await server.finished;
});
