/**
 * DNS by hand: asks a name server over UDP, and over TCP for what fits no datagram.
 *
 *     deno run "--allow-net=0.0.0.0:0,9.9.9.9:53" examples/dns/dns.ts example.com
 *
 * You see its addresses, a record a line, as `dig` prints them. `--type MX` asks
 * for the mail servers of a name, `--type PTR` for the name of an address; `--server`
 * asks another server (and needs a permission).
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
  value,
} from "../../lib/cli/mod.ts";
import { readExactly } from "../../lib/io/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { Connection } from "../../lib/tcp/mod.ts";
import { UdpClient } from "../../lib/udp/mod.ts";
import { parseAnswer } from "./dns_answer.ts";
import { DnsError } from "./dns_name.ts";
import {
  formatQuery,
  isAnswerTo,
  nameOrAddress,
  ownerOf,
  recordType,
  TYPES,
  uint16,
} from "./dns_query.ts";

const { timeout, retries, trace } = udpClientCommand.options;
// deno-fmt-ignore
const options = {
  names: operands({ placeholder: "NAME", default: ["example.com"], parse: nameOrAddress, help: "Names to ask for, or addresses" }),
  type: value({ short: "t", placeholder: "TYPE", default: "A", parse: recordType, help: `Type of the records: ${Object.keys(TYPES).join(", ")}` }),
  server: value({ placeholder: "HOST", default: "9.9.9.9", parse: hostname, help: "Name server to ask" }),
  port: value({ short: "p", placeholder: "PORT", default: "53", parse: port(1), help: "Port of the name server" }),
  timeout, retries, trace,
};
type Args = OptionsOf<typeof options>;

const dns: Command<Args> = {
  script: "dns.ts",
  summary: "DNS client: asks a name server for the records of names.",
  options,
  attempt: ({ server, port, timeout }) => (
    { action: "talk to", transport: "DNS", hostname: server, port, timeout }
  ),
  check: ({ names, type, ...others }) => (
    { ...others, type, names: names.map((name) => ownerOf(name, type)) }
  ),
};

async function main(options: Args, context: Context): Promise<void> {
  const { server, port, names, type, timeout, retries } = options;
  const { print, warn, signal, trace } = context;
  using s = new UdpClient(
    { hostname: server, port },
    (local) => Deno.listenDatagram({ transport: "udp", ...local }),
    { timeout, retries, signal, trace },
  );
  for (const name of names) {
    // An attacker who guesses this number can forge a response.
    const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
    const query = formatQuery(id, name, type);
    const isAnswer = (message: Uint8Array) => isAnswerTo(query, message);
    let answer = parseAnswer(await s.request(query, isAnswer));
    if (answer.isTruncated) {
      warn(`The response for ${name} is truncated; retrying over TCP`);
      const message = await requestOverTcp(query, options, context);
      answer = parseAnswer(message);
      if (answer.isTruncated || !isAnswer(message)) {
        throw new DnsError(
          "No complete response to this query over TCP either",
        );
      }
    }
    const { status, records, types, alias } = answer;
    for (const record of records) print(record);
    // The status is that of the name at the end of the aliases.
    const asked = alias === null ? name : `${alias} (alias: ${name})`;
    if (status !== "NOERROR") throw new CommandError(`${asked}: ${status}`);
    if (!types.has(type)) warn(`${asked} has no ${type} record`);
  }
}

/** The same question over TCP, where each message has its length in front. */
async function requestOverTcp(
  query: Uint8Array,
  { server: hostname, port, timeout }: Args,
  context: Context,
): Promise<Uint8Array> {
  const late = AbortSignal.timeout(timeout); // For all bytes together.
  const signal = AbortSignal.any([context.signal, late]);
  const connecting = Deno.connect({ hostname, port, signal });
  using conn = await connecting.catch((error) => {
    if (context.signal.aborted) throw error;
    const isClosed = error instanceof Deno.errors.ConnectionRefused;
    const reason = isClosed ? "the port is closed" : error.message;
    const server = formatAddress({ hostname, port });
    throw new CommandError(
      `${server} responds over UDP, but not over TCP: ${reason}`,
    );
  });
  const s = new Connection(conn, { signal, trace: context.trace });
  await s.write(new Uint8Array([...uint16(query.length), ...query]));
  const [high = 0, low = 0] = await readExactly(s, 2);
  return await readExactly(s, high << 8 | low);
}

await run(dns, main);
