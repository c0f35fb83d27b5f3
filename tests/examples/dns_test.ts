import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readExactly } from "../../lib/io/mod.ts";
import { uint16 } from "../../examples/dns/dns_query.ts";
import { accept } from "../support/connection.ts";
import { nameServers, ZONE } from "../support/name_servers.ts";
import type { Ended } from "../support/process.ts";
import { run, works } from "../support/process.ts";
import { ROOT } from "../support/scripts.ts";
import { runTyped, startTyped, typedOutput } from "../support/example.ts";

const DNS = "examples/dns/";
const QUAD9 = "0.0.0.0:0,9.9.9.9:53";

/** How dns.ts asks a server on this machine. */
function asking(port: number, ...args: string[]) {
  return {
    args: ["--server", "127.0.0.1", `--port=${port}`, ...args],
    replace: { [QUAD9]: `127.0.0.1:0,127.0.0.1:${port}` },
  };
}

const ask = (port: number, ...args: string[]): Promise<string> =>
  typedOutput(`${DNS}dns.ts`, asking(port, ...args));

/** Not to wait long for what does not come. */
const SHORT = ["--timeout=0.3", "--retries=1"];

async function askInVain(port: number, ...args: string[]): Promise<Ended> {
  await using process = await runTyped(
    `${DNS}dns.ts`,
    asking(port, ...args, "sockets.test"),
  );
  const ended = await process.ended();
  assertEquals([ended.code, ended.stdout], [1, ""]);
  return ended;
}

/** The records in any order: a server may rotate them. */
const sorted = (lines: string[]) => lines.toSorted().join("\n");
const linesOf = (text: string) =>
  text.trimEnd().split("\n").map((line) => line.replaceAll(/[\t ]+/g, " "));

const hasDig = works("dig", "-v");

for (const server of nameServers) {
  const missing = server.isThere ? "" : ` (skipped: needs ${server.name})`;
  Deno.test({
    name: `dns.ts prints the records that ${server.name} has${missing}`,
    ignore: !server.isThere,
    async fn() {
      await using running = await server.start();
      const { port } = running;
      for (const type of ["A", "AAAA", "MX", "TXT"]) {
        const output = await ask(port, `--type=${type}`, "sockets.test");
        const own = ZONE.filter((record) =>
          record.startsWith(`sockets.test. 300 IN ${type} `)
        );
        assertEquals(linesOf(output), own);
      }
      const alias = await ask(port, "--type=cname", "www.sockets.test");
      assertEquals(linesOf(alias), [
        "www.sockets.test. 300 IN CNAME sockets.test.",
      ]);
      assertEquals(linesOf(await ask(port, "www.sockets.test")), server.alias);
      assertStringIncludes(
        (await askInVain(port, "none.sockets.test")).stderr,
        "dns.ts: none.sockets.test: NXDOMAIN: there is no such name; check its spelling",
      );
    },
  });

  Deno.test({
    name:
      `dns.ts asks ${server.name} over TCP for what is truncated over UDP${missing}`,
    ignore: !server.isThere,
    async fn() {
      await using running = await server.start();
      const args = ["--type=TXT", "long.sockets.test"];
      await using process = await runTyped(
        `${DNS}dns.ts`,
        asking(running.port, ...args),
      );
      const { code, stdout, stderr } = await process.ended();
      assertEquals(
        stderr,
        "dns.ts: The answer for long.sockets.test is truncated; asking over TCP\n",
      );
      assertEquals(code, 0);
      const long = ZONE.filter((record) => record.startsWith("long."));
      assertEquals(sorted(linesOf(stdout)), sorted(long));
    },
  });

  Deno.test({
    name: `dns.ts prints what dig prints of ${server.name}` +
      (hasDig ? missing : " (skipped: needs dig)"),
    ignore: !server.isThere || !hasDig,
    async fn() {
      await using running = await server.start();
      const { port } = running;
      for (const type of ["A", "AAAA", "MX", "TXT", "CNAME"]) {
        for (const name of ["sockets.test", "www.sockets.test"]) {
          const at = ["@127.0.0.1", "-p", String(port)];
          const what = ["+noall", "+answer", name, type];
          const dig = await run("dig", [...at, ...what]);
          await using process = await runTyped(
            `${DNS}dns.ts`,
            asking(port, `--type=${type}`, name),
          );
          const { stdout } = await process.ended();
          assertEquals(sorted(linesOf(stdout)), sorted(linesOf(dig)));
        }
      }
    },
  });
}

Deno.test({
  name: "dns_server.ts answers dig as it answers dns.ts" +
    (hasDig ? "" : " (skipped: needs dig)"),
  ignore: !hasDig,
  async fn() {
    await using server = await startTyped(`${DNS}dns_server.ts`);
    const { port } = server;
    const at = ["@127.0.0.1", "-p", String(port)];
    for (const type of ["A", "AAAA", "MX", "TXT"]) {
      for (const name of ["www.sockets.test", "long.sockets.test"]) {
        const what = ["+noall", "+answer", name, type];
        const dig = await run("dig", [...at, ...what]);
        await using process = await runTyped(
          `${DNS}dns.ts`,
          asking(port, `--type=${type}`, name),
        );
        const { code, stdout } = await process.ended();
        assertEquals(code, 0);
        const records = linesOf(dig).filter((line) => !line.startsWith(";;"));
        assertEquals(linesOf(stdout), records);
      }
    }
  },
});

Deno.test("dns_server.ts does not answer an answer, nor what is no question", async () => {
  await using server = await startTyped(`${DNS}dns_server.ts`);
  const { port } = server;
  const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
  const socket = Deno.listenDatagram(local);
  const answer = new Uint8Array(12);
  answer[2] = 0x80;
  await socket.send(answer, { ...local, port });
  await socket.send(new Uint8Array([1, 2, 3]), { ...local, port });
  socket.close();
  assertStringIncludes(await ask(port, "sockets.test"), " A 192.0.2.1\n");
});

const encode = (text: string) => [...new TextEncoder().encode(text)];
const POINTER = [0xc0, 12];
const TAIL = [0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7];
/** A right record, with the right name. */
const RECORD = [...POINTER, ...TAIL];
const RIGHT = "sockets.test. 9 IN A 192.0.2.7\n";

/** The bytes of an answer with one record, or as many as it claims. */
function answerTo(query: Uint8Array, record: number[], count = 1): number[] {
  const flags = [0x81, 0x80, 0, 1, ...uint16(count), 0, 0, 0, 0];
  return [...query.subarray(0, 2), ...flags, ...query.subarray(12), ...record];
}

/** What a server sends for a question, and from where. */
type Forged = { bytes: number[]; fromElsewhere?: boolean };

/** A name server that answers each question with these datagrams. */
function hostile(answers: (query: Uint8Array) => Forged[]) {
  const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
  const socket = Deno.listenDatagram(local);
  const elsewhere = Deno.listenDatagram(local);
  const served = (async () => {
    for await (const [query, client] of socket) {
      for (const { bytes, fromElsewhere = false } of answers(query)) {
        const from = fromElsewhere ? elsewhere : socket;
        await from.send(Uint8Array.from(bytes), client);
      }
    }
  })();
  return {
    port: (socket.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      socket.close();
      elsewhere.close();
      await served;
    },
  };
}

/** Datagrams that are no answer, in front of the right one. */
const IGNORED: [what: string, forged: (query: Uint8Array) => Forged][] = [
  ["another number", (query) => {
    const [high = 0, ...rest] = answerTo(query, RECORD);
    return { bytes: [high ^ 1, ...rest] };
  }],
  ["another address", (query) => (
    { bytes: answerTo(query, RECORD.with(-1, 66)), fromElsewhere: true }
  )],
  ["another question", (query) => {
    const bytes = answerTo(query, RECORD.with(-1, 66));
    return { bytes: bytes.with(13, "x".charCodeAt(0)) };
  }],
  ["another type", (query) => {
    const bytes = answerTo(query, RECORD.with(-1, 66));
    return { bytes: bytes.with(query.length - 3, 28) };
  }],
  ["the question itself", (query) => ({ bytes: [...query] })],
  ["nothing", () => ({ bytes: [] })],
  ["a part of a header", (query) => ({ bytes: [...query.subarray(0, 3)] })],
];

for (const [what, forged] of IGNORED) {
  Deno.test(`dns.ts waits on when ${what} comes, and gives up in the end`, async () => {
    {
      await using server = hostile((query) => [
        forged(query),
        { bytes: answerTo(query, RECORD) },
      ]);
      assertEquals(await ask(server.port, "sockets.test"), RIGHT);
    }
    await using server = hostile((query) => [forged(query)]);
    const { stderr } = await askInVain(server.port, ...SHORT);
    assertStringIncludes(stderr, "No answer to 2 tries of 0.3 s each");
  });
}

/** Records that break the format, and what is said of them. */
const BROKEN: [what: string, record: number[], said: string][] = [
  ["a pointer to itself", [0xc0, 30, ...TAIL], "points to itself or ahead"],
  [
    "two pointers in a loop",
    [0xc0, 32, 0xc0, 30, ...TAIL],
    "points to itself or ahead",
  ],
  ["a pointer behind the end", [0xff, 0xff, ...TAIL], "itself or ahead"],
  ["a label before a pointer to it", [1, 0x61, 0xc0, 30, ...TAIL], "itself"],
  ["half a pointer", [0xc0], "The message ends after"],
  ["a label of 64 bytes", [64, ...Array(64).fill(97), 0, ...TAIL], "too long"],
  [
    "a name of 256 bytes",
    [...Array.from({ length: 128 }, () => [1, 97]).flat(), 0, ...TAIL],
    "too long",
  ],
  ["a label past the end", [9, 0x61], "The message ends after"],
  ["no record", [], "The message ends after"],
  ["data past the end", RECORD.with(11, 5), "The message ends after"],
  [
    "an address of 3 bytes",
    RECORD.with(11, 3),
    "Wrong length of data of type A",
  ],
  [
    "a text past its data",
    [...POINTER, 0, 16, 0, 1, 0, 0, 0, 9, 0, 2, 9, 97],
    "The message ends after",
  ],
  [
    "a name past its data",
    [...POINTER, 0, 5, 0, 1, 0, 0, 0, 9, 0, 1, 1, 97, 0],
    "Wrong length of data of type CNAME",
  ],
];

for (const [what, record, said] of BROKEN) {
  Deno.test(`dns.ts refuses an answer with ${what}`, async () => {
    await using server = hostile((query) => [
      { bytes: answerTo(query, record) },
    ]);
    const { stderr } = await askInVain(server.port);
    assertStringIncludes(stderr, said);
    assertEquals(stderr.split("\n").length, 2, stderr);
  });
}

Deno.test("dns.ts shows what a terminal would obey in decimal digits", async () => {
  const evil = "\x1b[2J\x9b";
  const text = encode(evil);
  const data = [text.length, ...text];
  await using server = hostile((query) => [{
    bytes: answerTo(query, [
      ...[...data, 0, 0, 16, 0, 1, 0, 0, 0, 9],
      ...[...uint16(data.length), ...data],
    ]),
  }]);
  assertEquals(
    await ask(server.port, "--type=TXT", "sockets.test"),
    '\\027[2J\\194\\155. 9 IN TXT "\\027[2J\\194\\155"\n',
  );
});

/** What a server does over TCP when the answer over UDP was truncated. */
const OVER_TCP: [
  what: string,
  act: (conn: Deno.TcpConn, query: Uint8Array) => Promise<void>,
  said: string,
][] = [
  ["closes", () => Promise.resolve(), "The connection ended after 0 of 2"],
  ["says nothing", async (conn) => {
    await conn.read(new Uint8Array(1)); // Until the client gives up.
  }, "no answer within 0.3 s"],
  ["announces more than it sends", async (conn) => {
    await conn.write(new Uint8Array([0, 9, 1]));
  }, "The connection ended after 1 of 9 bytes"],
  ["answers another question", async (conn, query) => {
    const bytes = answerTo(query, RECORD).with(13, 0x78);
    await conn.write(new Uint8Array([...uint16(bytes.length), ...bytes]));
  }, "No whole answer to this question over TCP either"],
  ["truncates its answer again", async (conn, query) => {
    const bytes = answerTo(query, [], 0).with(2, 0x83);
    await conn.write(new Uint8Array([...uint16(bytes.length), ...bytes]));
  }, "No whole answer to this question over TCP either"],
];

for (const [what, act, said] of OVER_TCP) {
  const args = said.includes("within") ? SHORT : [];
  Deno.test(`dns.ts fails when the server ${what} over TCP`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const local = { transport: "udp", hostname: "127.0.0.1", port } as const;
    const socket = Deno.listenDatagram(local);
    const served = (async () => {
      const [query, client] = await socket.receive();
      const truncated = answerTo(query, [], 0).with(2, 0x83);
      await socket.send(Uint8Array.from(truncated), client);
      using conn = await accept(listener);
      await readExactly(conn, 2 + query.length);
      await act(conn, query);
    })();
    const { stderr } = await askInVain(port, ...args);
    socket.close();
    await served;
    assertStringIncludes(stderr, said);
  });
}

Deno.test("the programs about DNS and TLS are short", async () => {
  const names = Array.from(
    Deno.readDirSync(new URL(DNS, ROOT)),
    (entry) => DNS + entry.name,
  );
  for (
    const path of [...names, "examples/tls_client.ts", "examples/tls_server.ts"]
  ) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const { length } = text.trimEnd().split("\n");
    assert(length <= 120, `${path} has ${length} lines`);
  }
});

Deno.test("dns.ts has a help, and names the types that it knows", async () => {
  await using help = await runTyped(`${DNS}dns.ts`, { args: ["--help"] });
  assertStringIncludes((await help.ended()).stdout, "dns.ts [OPTIONS] [NAME..");
  const args = ["--type=constructor"];
  await using wrong = await runTyped(`${DNS}dns.ts`, { args });
  const { code, stderr } = await wrong.ended();
  assertEquals(code, 2);
  assert(stderr.endsWith("one of A, NS, CNAME, PTR, MX, TXT, AAAA\n"), stderr);
});
