import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseAnswer } from "../../examples/dns/dns_answer.ts";
import { DnsError } from "../../examples/dns/dns_name.ts";
import { formatQuery, uint16 } from "../../examples/dns/dns_query.ts";
import { readExactly } from "../../lib/io/mod.ts";
import { UdpSocket } from "../../lib/udp/mod.ts";
import { accept } from "../support/connection.ts";
import { runTyped, startTyped } from "../support/example.ts";
import { type Ended, run, works } from "../support/process.ts";
import { testUnless } from "../support/skip.ts";
import { FROM, openUdp } from "../support/udp.ts";
import { nameServers, startNameServer, ZONE } from "./name_servers.ts";

const DNS = "examples/dns/";
const QUAD9 = "0.0.0.0:0,9.9.9.9:53";

/** Runs dns.ts with a server on this machine. */
async function ask(port: number, ...args: string[]): Promise<Ended> {
  await using process = await runTyped(`${DNS}dns.ts`, {
    args: ["--server=127.0.0.1", `--port=${port}`, ...args],
    replace: { [QUAD9]: `127.0.0.1:0,127.0.0.1:${port}` },
  });
  return await process.ended();
}

/** The records in any order, as a server may rotate them; dig prints tabs. */
const recordsOf = (text: string) =>
  text.trimEnd().split("\n").filter((line) => !line.startsWith(";;"))
    .map((line) => line.replaceAll(/[\t ]+/g, " ")).sort();

const noDig = !works("dig", "-v") && "no dig";

for (const server of nameServers) {
  const test = (what: string, fn: (port: number) => Promise<void>) => {
    const name = what.replace("SERVER", server.name);
    const missing = !server.isThere && `no ${server.name}`;
    testUnless(missing || what.includes(" dig ") && noDig, name, async () => {
      await using running = await startNameServer(server);
      await fn(running.port);
    });
  };
  const zoneOf = (name: string, type: string) =>
    ZONE.filter((record) => record.startsWith(`${name}. 300 IN ${type} `));

  test("dns.ts prints the records of SERVER, over TCP what is truncated over UDP", async (port) => {
    for (const type of ["A", "AAAA", "MX", "TXT"]) {
      const { stdout } = await ask(port, `--type=${type}`, "sockets.test");
      assertEquals(recordsOf(stdout), zoneOf("sockets.test", type));
    }
    const long = await ask(port, "--type=TXT", "long.sockets.test");
    assertEquals(recordsOf(long.stdout), zoneOf("long.sockets.test", "TXT"));
    const truncated =
      "The response for long.sockets.test is truncated; retrying over TCP";
    assertEquals([long.code, long.stderr], [0, `dns.ts: ${truncated}\n`]);
    const { stderr } = await ask(port, "none.sockets.test");
    assertStringIncludes(
      stderr,
      "none.sockets.test: NXDOMAIN: there is no such",
    );
  });

  test("dns.ts prints what dig prints of SERVER", async (port) => {
    for (const type of ["A", "MX", "CNAME"]) {
      for (const name of ["sockets.test", "www.sockets.test"]) {
        const { stdout } = await ask(port, `--type=${type}`, name);
        const records = recordsOf(await dig(port, "+answer", name, type));
        assertEquals(recordsOf(stdout), records);
      }
    }
  });
}

const dig = (port: number, ...args: string[]) =>
  run("dig", ["@127.0.0.1", "-p", String(port), "+noall", ...args]);

testUnless(
  noDig,
  "dns_server.ts answers dig as it answers dns.ts",
  async () => {
    await using server = await startTyped(`${DNS}dns_server.ts`);
    const { port } = server;
    for (const type of ["A", "AAAA", "MX", "TXT"]) {
      for (const name of ["www.sockets.test", "long.sockets.test"]) {
        const { code, stdout } = await ask(port, `--type=${type}`, name);
        const records = recordsOf(await dig(port, "+answer", name, type));
        assertEquals([code, recordsOf(stdout)], [0, records]);
      }
    }
    const strange = ["a\\.b.Sockets.TEST.", "\\000\\255.sockets.test.", "."];
    for (const name of strange) {
      const question = await dig(port, "+question", name);
      assertEquals(recordsOf(question), [`;${name} IN A`]);
    }
    const reverse = await ask(port, "--type=PTR", "192.0.2.1");
    assertStringIncludes(reverse.stdout, " PTR sockets.test.\n");
  },
);

Deno.test("dns_server.ts repeats any question byte for byte, and answers no answer", async () => {
  await using server = await startTyped(`${DNS}dns_server.ts`);
  using socket = new UdpSocket(openUdp());
  const query = formatQuery(7, "\\046\\000\\255.SOCKETS.Sockets.test", "A");
  const isAnswer = new Uint8Array(12).with(2, 0x80);
  for (const datagram of [isAnswer, new Uint8Array([1, 2, 3]), query]) {
    await socket.send(datagram, { ...FROM, port: server.port });
  }
  const [answer] = await socket.receive(30_000) ?? [];
  assert(answer !== undefined);
  assertEquals(answer.subarray(0, 2), query.subarray(0, 2));
  assertEquals(answer.subarray(12), query.subarray(12));
});

const POINTER = [0xc0, 12];
const record = (type: number, data: number[], owner = POINTER) => [
  ...owner,
  ...[type, 1, 0, 9, data.length].flatMap(uint16),
  ...data,
];
/** A right record, with the right name. */
const RECORD = record(1, [192, 0, 2, 7]);
const RIGHT = "sockets.test. 9 IN A 192.0.2.7\n";

/** The bytes of an answer with one record, or as many as it claims. */
function answerTo(
  query: Uint8Array,
  records: number[] = RECORD,
  count = 1,
  flags = 0x8180,
): number[] {
  const numbers = [flags, 1, count, 0, 0].flatMap(uint16);
  const question = query.subarray(12);
  return [...query.subarray(0, 2), ...numbers, ...question, ...records];
}

/** A name server that answers each question with these datagrams. */
function nameServer(
  answers: (query: Uint8Array) => number[][],
  elsewhere: (query: Uint8Array) => number[][] = () => [],
): AsyncDisposable & { port: number } {
  const [socket, other] = [openUdp(), openUdp()];
  const served = (async () => {
    for await (const [query, client] of socket) {
      for (
        const [from, all] of [[other, elsewhere], [socket, answers]] as const
      ) {
        for (const bytes of all(query)) {
          await from.send(Uint8Array.from(bytes), client);
        }
      }
    }
  })();
  return {
    port: socket.addr.port,
    async [Symbol.asyncDispose]() {
      socket.close();
      other.close();
      await served;
    },
  };
}

/** Answers that are not to be taken for the right one. */
function forged(query: Uint8Array): number[][] {
  const wrong = answerTo(query, RECORD.with(-1, 66));
  return [
    wrong.with(0, (wrong[0] ?? 0) ^ 1), // Another number.
    wrong.with(13, 0x78), // Another question: "xockets.test".
    wrong.with(query.length - 3, 28), // Another type.
    wrong.with(query.length - 3, 1 + 32), // It is no letter, and has no case.
    wrong.with(5, 0), // No question, and no error either.
    wrong.with(5, 2), // Two questions.
    [...query.subarray(0, 2), 0x81, 0x85, 0, 0], // Half a header.
    [...query], // The question itself.
    [],
  ];
}

Deno.test("dns.ts waits on when something else comes than the answer, and gives up in the end", async () => {
  const wrong = (query: Uint8Array) => [
    answerTo(query, RECORD.with(-1, 66)),
  ];
  {
    const answers = (query: Uint8Array) => [...forged(query), answerTo(query)];
    await using server = nameServer(answers, wrong);
    const { stdout, stderr } = await ask(server.port, "sockets.test");
    assertEquals([stdout, stderr], [RIGHT, ""]);
  }
  await using server = nameServer(forged, wrong);
  const short = ["--timeout=0.3", "--retries=1"];
  const { code, stderr } = await ask(server.port, ...short, "sockets.test");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "No answer to 2 tries of 0.3 s each");
});

const header = (
  query: Uint8Array,
  status: number,
) => [...query.subarray(0, 2), 0x81, 0x80 + status, ...Array(8).fill(0)];
const TO_Z = record(5, [1, 0x7a, 0]);
const FROM_Z = record(5, POINTER, [1, 0x5a, 0]);
const MAPPED = [...Array(10).fill(0), 255, 255, 192, 0, 2, 1];

/** Answers that real servers give, and what dns.ts prints. */
const TOLERATED: Record<string, {
  args?: string[];
  answer(query: Uint8Array): number[];
  printed?: string;
  code?: number;
  said?: string;
}> = {
  "a question in another case": {
    args: ["SOCKETS.Test"],
    answer: (query) =>
      answerTo(query.map((b, i) => i > 12 && b > 64 ? b | 32 : b)),
    printed: RIGHT,
  },
  "an error that is a header alone": {
    answer: (query) => header(query, 5),
    code: 1,
    said: "dns.ts: sockets.test: REFUSED: the server does not answer",
  },
  "an alias of a name that does not exist": {
    answer: (query) => answerTo(query, TO_Z, 1, 0x8183),
    printed: "sockets.test. 9 IN CNAME z.\n",
    code: 1,
    said: "dns.ts: z. (alias: sockets.test): NXDOMAIN: there is no such name",
  },
  "an alias of a name without such a record": {
    answer: (query) => answerTo(query, TO_Z),
    printed: "sockets.test. 9 IN CNAME z.\n",
    said: "dns.ts: z. (alias: sockets.test) has no A record",
  },
  "aliases in a circle": {
    answer: (query) => answerTo(query, [...TO_Z, ...FROM_Z], 2),
    printed: "sockets.test. 9 IN CNAME z.\nZ. 9 IN CNAME sockets.test.\n",
    said: "dns.ts: sockets.test. (alias: sockets.test) has no A record",
  },
  "an IPv4 address in one of IPv6": {
    args: ["--type=aaaa", "sockets.test"],
    answer: (query) => answerTo(query, record(28, MAPPED)),
    printed: "sockets.test. 9 IN AAAA ::ffff:192.0.2.1\n",
  },
  "what a terminal would obey, and shows it in decimal digits": {
    args: ["--type=TXT", "\\027[2J\\155"],
    answer: (query) => answerTo(query, record(16, [5, 27, 0x5b, 50, 74, 0x9b])),
    printed: '\\027[2J\\155. 9 IN TXT "\\027[2J\\155"\n',
  },
};

for (const [what, row] of Object.entries(TOLERATED)) {
  Deno.test(`dns.ts takes ${what}`, async () => {
    await using server = nameServer((query) => [row.answer(query)]);
    const { args = ["sockets.test"], printed = "", code = 0, said } = row;
    const ended = await ask(server.port, ...args);
    assertEquals([ended.code, ended.stdout], [code, printed]);
    if (said === undefined) assertEquals(ended.stderr, "");
    else assertStringIncludes(ended.stderr, said);
  });
}

/** Names as they are typed, and as answers spell them. */
const NAMES: Record<string, string> = {
  ".": ".",
  "example.com.": "example.com.",
  "*.example.com": "*.example.com.",
  "_dmarc.example.com": "_dmarc.example.com.",
  "a\\.b.example": "a\\.b.example.",
  "a\\\\.b": "a\\\\.b.",
  "\\000\\255\\097.x": "\\000\\255a.x.",
  "0/25.2.0.192.in-addr.arpa": "0/25.2.0.192.in-addr.arpa.",
  "a b,c": "a\\032b,c.",
  "*.例子。测试": "*.xn--fsqu00a.xn--0zwm56d.",
  [`${"a".repeat(63)}.b`]: `${"a".repeat(63)}.b.`,
  "8.8.8.8.": "8.8.8.8.",
};

Deno.test("dns.ts asks for names with any bytes, and under PTR for addresses", async () => {
  await using server = nameServer((query) => [answerTo(query)]);
  const owners = async (...args: string[]) => {
    const { stdout, stderr } = await ask(server.port, ...args);
    assertEquals(stderr.replaceAll(/^.* has no PTR record\n/gm, ""), "");
    return stdout.trimEnd().split("\n").map((line) => line.split(" ")[0]);
  };
  assertEquals(await owners(...Object.keys(NAMES)), Object.values(NAMES));
  const nibbles = `${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa.`;
  assertEquals(
    await owners("--type=PTR", "8.8.4.1", "[2001:db8::1]", "2001:db8::", "x"),
    ["1.4.8.8.in-addr.arpa.", `1.${nibbles}`, `0.${nibbles}`, "x."],
  );
});

Deno.test("dns.ts refuses what is no name, and an address without PTR", async () => {
  const refused: [args: string[], said: string][] = [
    ...["", "a..b", ".a", "a".repeat(64), "ab.".repeat(85), "\\256"]
      .map((name): [string[], string] => [[name], "Invalid NAME "]),
    [["8.8.8.8"], "8.8.8.8 is an address; --type PTR asks for its name\n"],
    [["--type=constructor"], "one of A, NS, CNAME, PTR, MX, TXT, AAAA\n"],
  ];
  await Promise.all(refused.map(async ([args, said]) => {
    const { code, stderr } = await ask(1, ...args);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, said);
  }));
});

const TAIL = RECORD.slice(2);
/** Two records; the name of the second one is found through so many pointers. */
function chained(pointers: number): number[] {
  const [at, last] = [42, 42 + 2 * (pointers - 2)];
  const chain = Array.from(
    { length: pointers - 1 },
    (_, i) => at + 2 * (i - 1),
  );
  const data = [12, ...chain.slice(1)].flatMap((to) => uint16(0xc000 + to));
  return [...record(99, data), ...uint16(0xc000 + last), ...TAIL];
}

const AHEAD = "points to itself or ahead";
const EARLY = "The message ends after";
const LENGTH = "Wrong length of data of type";
const LONG = [...Array(128).fill([1, 97]).flat(), 0];

/** Records that break the format, and what is said of them. */
const BROKEN: [what: string, record: number[], said: string][] = [
  ["a pointer to itself", [0xc0, 30, ...TAIL], AHEAD],
  ["two pointers in a loop", [0xc0, 32, 0xc0, 30, ...TAIL], AHEAD],
  ["a pointer behind the end", [0xff, 0xff, ...TAIL], AHEAD],
  ["a label before a pointer to it", [1, 0x61, 0xc0, 30, ...TAIL], AHEAD],
  ["a long chain of pointers", chained(128), "Too many pointers"],
  ["half a pointer", [0xc0], EARLY],
  ["a label of 64 bytes", [64, ...Array(64).fill(97), 0, ...TAIL], "too long"],
  ["a name of 256 bytes", [...LONG, ...TAIL], "too long"],
  ["a label past the end", [9, 0x61], EARLY],
  ["no record", [], EARLY],
  ["data past the end", RECORD.with(11, 5), EARLY],
  ["an address of 3 bytes", RECORD.with(11, 3), `${LENGTH} A`],
  ["a text past its data", record(16, [9, 97]), EARLY],
  [
    "a name past its data",
    record(5, [1, 97, 0]).with(11, 1),
    `${LENGTH} CNAME`,
  ],
];

Deno.test("an answer that breaks the format is refused", () => {
  const query = formatQuery(0, "sockets.test", "A");
  for (const [what, record, said] of BROKEN) {
    const bytes = Uint8Array.from(answerTo(query, record, 2));
    assertThrows(() => parseAnswer(bytes), DnsError, said, what);
  }
  // A name of 127 labels may have a pointer after each.
  const { records } = parseAnswer(
    Uint8Array.from(answerTo(query, chained(127), 2)),
  );
  assertEquals(records[1], RIGHT.trimEnd());
});

Deno.test("dns.ts says in one line that an answer breaks the format", async () => {
  await using server = nameServer((query) => [answerTo(query, [])]);
  const { code, stderr } = await ask(server.port, "sockets.test");
  assertEquals([code, stderr.split("\n").length], [1, 2], stderr);
  assertStringIncludes(stderr, "over DNS: The message ends after 30 bytes");
});

const NEITHER = "No complete response to this query over TCP either";

/** What a server does over TCP when the answer over UDP was truncated. */
const OVER_TCP: [
  what: string,
  act: ((query: Uint8Array) => number[]) | null,
  said: string,
][] = [
  ["does not listen", null, "over UDP, but not over TCP: the port is closed"],
  ["closes", () => [], "The connection ended after 0 of 2"],
  ["stops in the middle", () => [0, 9, 1], "The connection ended after 1 of 9"],
  ["answers another", (q) => framed(answerTo(q).with(13, 0x78)), NEITHER],
  ["truncates again", (q) => framed(answerTo(q, [], 0, 0x8380)), NEITHER],
  ["answers with an error", (q) => framed(header(q, 2)), ".test: SERVFAIL: "],
];

const framed = (bytes: number[]) => [...uint16(bytes.length), ...bytes];

async function askTruncated(
  act: ((conn: Deno.TcpConn, query: Uint8Array) => Promise<unknown>) | null,
  ...args: string[]
): Promise<string> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using socket = new UdpSocket(openUdp("127.0.0.1", port));
  if (act === null) listener.close();
  const served = (async () => {
    const [received, client] = await socket.receive() ?? [];
    if (received === undefined || client === undefined) return;
    const query = received.slice();
    const answer = answerTo(query, [], 0, 0x8380);
    await socket.send(Uint8Array.from(answer), client);
    if (act === null) return;
    using conn = await accept(listener);
    await readExactly(conn, 2 + query.length);
    await act(conn, query);
  })();
  const { code, stderr } = await ask(port, ...args, "sockets.test");
  await served;
  assertEquals(code, 1);
  return stderr;
}

Deno.test("dns.ts fails when the server does not answer over TCP", async () => {
  for (const [what, act, said] of OVER_TCP) {
    const stderr = await askTruncated(
      act && ((conn, query) => conn.write(Uint8Array.from(act(query)))),
    );
    assertStringIncludes(stderr, said, what);
  }
  // Until the client gives up.
  const silent = (conn: Deno.TcpConn) => conn.read(new Uint8Array(1));
  const stderr = await askTruncated(silent, "--timeout=0.3");
  assertStringIncludes(stderr, "no answer within 0.3 s");
});
