/**
 * DNS by hand: asks a name server over UDP, and over TCP for what fits no datagram.
 *
 *     deno run "--allow-net=0.0.0.0:0,9.9.9.9:53" examples/dns/dns.ts example.com
 *
 * You see its addresses, a record a line, as `dig` prints them. `--type MX` asks
 * for the mail servers of a name; `--server` asks another server (and needs a permission).
 */
import {
  type Command,
  CommandError,
  type Context,
  hostname,
  operands,
  type OptionsOf,
  port,
  run,
  udpClientCommand,
  UsageError,
  value,
} from "../../lib/cli/mod.ts";
import { readExactly } from "../../lib/io/mod.ts";
import { Connection } from "../../lib/tcp/mod.ts";
import { UdpClient } from "../../lib/udp/mod.ts";
import { DnsError, parseAnswer } from "./dns_answer.ts";
import { formatQuery, isAnswerTo, TYPES, uint16 } from "./dns_query.ts";

const options = {
  names: operands({
    placeholder: "NAME",
    default: ["example.com"],
    parse: hostname,
    help: "Names to ask for, one after the other",
  }),
  type: value({
    short: "t",
    placeholder: "TYPE",
    default: "A",
    parse: recordType,
    help: `Type of the records: ${Object.keys(TYPES).join(", ")}`,
  }),
  server: value({
    placeholder: "HOST",
    default: "9.9.9.9",
    parse: hostname,
    help: "Name server to ask",
  }),
  port: value({
    short: "p",
    placeholder: "PORT",
    default: "53",
    parse: port(1),
    help: "Port of the name server",
  }),
  timeout: udpClientCommand.options.timeout,
  retries: udpClientCommand.options.retries,
  trace: udpClientCommand.options.trace,
};
type Args = OptionsOf<typeof options>;

const dns: Command<Args> = {
  script: "dns.ts",
  summary: "DNS client: asks a name server for the records of names.",
  options,
  attempt: ({ server, port, timeout }) => (
    { action: "talk to", transport: "DNS", hostname: server, port, timeout }
  ),
};

function recordType(text: string): string {
  const type = text.toUpperCase();
  if (Object.hasOwn(TYPES, type)) return type;
  throw new UsageError(`one of ${Object.keys(TYPES).join(", ")}`);
}

async function main(options: Args, context: Context): Promise<void> {
  const { server, port, names, type, timeout, retries } = options;
  const { print, warn, signal, trace } = context;
  using s = new UdpClient(
    { hostname: server, port },
    (local) => Deno.listenDatagram({ transport: "udp", ...local }),
    { timeout, retries, signal, trace },
  );
  for (const name of names) {
    // An attacker who guesses this number can answer in the server's name.
    const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
    const query = formatQuery(id, name, type);
    const isAnswer = (message: Uint8Array) => isAnswerTo(query, message);
    let answer = parseAnswer(await s.request(query, isAnswer));
    if (answer.isTruncated) {
      warn(`The answer for ${name} is truncated; asking over TCP`);
      const message = await requestOverTcp(query, options, context);
      answer = parseAnswer(message);
      if (answer.isTruncated || !isAnswer(message)) {
        throw new DnsError("No whole answer to this question over TCP either");
      }
    }
    const { status, records } = answer;
    if (status !== "NOERROR") throw new CommandError(`${name}: ${status}`);
    for (const record of records) print(record);
    if (records.length === 0) warn(`${name} has no ${type} record`);
  }
}

/** The same question over TCP, where each message has its length in front. */
async function requestOverTcp(
  query: Uint8Array,
  { server: hostname, port, timeout }: Args,
  context: Context,
): Promise<Uint8Array> {
  const late = AbortSignal.timeout(timeout); // However the bytes drip.
  const signal = AbortSignal.any([context.signal, late]);
  using conn = await Deno.connect({ hostname, port, signal });
  const s = new Connection(conn, { signal, trace: context.trace });
  await s.write(new Uint8Array([...uint16(query.length), ...query]));
  const [high = 0, low = 0] = await readExactly(s, 2);
  return await readExactly(s, high << 8 | low);
}

if (import.meta.main) await run(dns, main);
