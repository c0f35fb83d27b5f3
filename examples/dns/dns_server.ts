/**
 * A name server with one small zone, for dns.ts and dig to ask.
 *
 *     deno run --allow-net=127.0.0.1 examples/dns/dns_server.ts
 *     deno run --allow-net=127.0.0.1 examples/dns/dns.ts --server 127.0.0.1 --port 9999 www.sockets.test
 *     dig "@127.0.0.1" -p 9999 www.sockets.test
 *
 * It answers over UDP and TCP. An answer of more than 512 bytes is truncated over
 * UDP, and the client has to ask over TCP.
 */
import { run, tcpServerCommand } from "../../lib/cli/mod.ts";
import { readExactly } from "../../lib/io/mod.ts";
import { serveTcp } from "../../lib/tcp/mod.ts";
import { UdpServer } from "../../lib/udp/mod.ts";
import { parseName, readName } from "./dns_name.ts";
import { TYPES, uint16 } from "./dns_query.ts";

/** Name, type, data. `.test` is set aside for tests (RFC 6761). */
const ZONE: [string, string, string][] = [
  ["sockets.test.", "A", "192.0.2.1"],
  ["sockets.test.", "A", "192.0.2.2"],
  ["sockets.test.", "AAAA", "20010db8000000000000000000000001"],
  ["sockets.test.", "MX", "mail.sockets.test."],
  ["sockets.test.", "TXT", "你好, sockets"],
  ["www.sockets.test.", "CNAME", "sockets.test."],
  ["1.2.0.192.in-addr.arpa.", "PTR", "sockets.test."],
  ["long.sockets.test.", "TXT", "1 ".repeat(120)],
  ["long.sockets.test.", "TXT", "2 ".repeat(120)],
  ["long.sockets.test.", "TXT", "3 ".repeat(120)],
];
const TTL = 300; // How long an answer may be kept, in seconds.
const LARGEST = 512; // Over UDP, by RFC 1035, 2.3.4.
class Message {
  bytes: number[];
  readonly #names = new Map<string, number>();

  constructor(header: number[]) {
    this.bytes = header.flatMap(uint16);
  }

  /** A name; what stands in the message already is replaced by a pointer to it. */
  name(name: string): void {
    const labels = parseName(name);
    for (const [i, label] of labels.entries()) {
      const rest = labels.slice(i).map((label) => label.toHex()).join(".");
      const known = this.#names.get(rest);
      if (known !== undefined) return void this.bytes.push(...uint16(known));
      this.#names.set(rest, 0xc000 + this.bytes.length);
      this.bytes.push(label.length, ...label);
    }
    this.bytes.push(0);
  }

  record(name: string, type: string, data: string): void {
    this.name(name);
    this.bytes.push(...[TYPES[type] ?? 0, 1, 0, TTL, 0].flatMap(uint16));
    const start = this.bytes.length;
    const text = new TextEncoder().encode(data);
    if (type === "MX") this.bytes.push(...uint16(10)); // The preference.
    if (type === "A") this.bytes.push(...data.split(".").map(Number));
    else if (type === "AAAA") this.bytes.push(...Uint8Array.fromHex(data));
    else if (type === "TXT") this.bytes.push(text.length, ...text);
    else this.name(data);
    this.bytes.splice(start - 2, 2, ...uint16(this.bytes.length - start));
  }
}

function answer(query: Uint8Array, largest: number): Uint8Array {
  const view = new DataView(query.buffer, query.byteOffset, query.length);
  const { text: name, end } = readName(query, 12);
  const type = view.getUint16(end);
  const own = ZONE.filter(([owner]) => owner === name.toLowerCase());
  const alias = own.find(([, kind]) => kind === "CNAME");
  const wanted = alias?.[2] ?? name.toLowerCase();
  const found = ZONE.filter(([owner, kind]) =>
    owner === wanted && TYPES[kind] === type
  );
  const records = alias === undefined ? found : [alias, ...found];
  // An answer (QR), of the server that has the zone (AA); 3 is NXDOMAIN.
  const flags = 0x8400 | view.getUint16(2) & 0x0100 | (own.length > 0 ? 0 : 3);
  const make = (flags: number, records: typeof ZONE) => {
    const counts = [1, records.length, 0, 0];
    const message = new Message([view.getUint16(0), flags, ...counts]);
    message.name(name);
    message.bytes.push(...[type, 1].flatMap(uint16));
    for (const record of records) message.record(...record);
    return new Uint8Array(message.bytes);
  };
  const whole = make(flags, records);
  return whole.length <= largest ? whole : make(flags | 0x0200, []); // TC
}

const { hostname, port, quiet } = tcpServerCommand.options;
await run({
  script: "dns_server.ts",
  summary: "Name server with one small zone, sockets.test.",
  options: { hostname, port, quiet },
  isServer: true,
  attempt: (to) => ({ action: "listen on", transport: "DNS", ...to }),
}, async (to, context) => {
  const tcp = serveTcp({ ...to, ...context, idleTimeout: 5e3 }, async (s) => {
    const [high = 0, low = 0] = await readExactly(s, 2);
    const message = answer(await readExactly(s, high << 8 | low), 0xffff);
    await s.write(new Uint8Array([...uint16(message.length), ...message]));
  });
  const where = { ...to, port: tcp.addr.port, transport: "udp" } as const;
  using udp = new UdpServer(Deno.listenDatagram(where), context);
  context.print(`Bind UDP on ${where.port}...`);
  const buffer = new Uint8Array(65_535);
  for (let received; (received = await udp.receive(buffer)) !== null;) {
    const [query, sender] = received;
    if (((query[2] ?? 0) & 0x80) !== 0) continue; // An answer (QR): no endless loop.
    try {
      await udp.send(answer(query, LARGEST), sender);
    } catch (error) {
      context.onError(error, sender);
    }
  }
  await tcp.finished;
});
