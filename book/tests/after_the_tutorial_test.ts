/** The experiments and answers of chapter 7, with the programs of `examples/`. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { MAX_DATA } from "../../examples/file/packet.ts";
import { BufferedReader, readExactly, writeAll } from "../../lib/io/mod.ts";
import {
  BIND,
  bounded,
  connect,
  encode,
  hasOpenssl,
  listening,
  makeCertificate,
  needsOpenssl,
  outputOf,
  Process,
  ROOT,
  run,
  runExample,
  runLine,
  runTyped,
  startServer,
  startTyped,
  TransferFolder,
  typedOutput,
} from "./support.ts";

const FOLDER = "book/7-after-the-tutorial/";
const CHAT = "examples/chat.ts";
const DNS_SERVER = "examples/dns/dns_server.ts";
const QUAD9 = "0.0.0.0:0,9.9.9.9:53";
const TLS_SERVER = "examples/tls_server.ts";
const TLS_CLIENT = "examples/tls_client.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function openssl(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: name + needsOpenssl, ignore: !hasOpenssl, fn });
}

Deno.test("chat_plain.ts sends what one says to the others", async () => {
  await using server = await startTyped(`${FOLDER}chat_plain.ts`);
  using michael = await connect(server.port);
  using tracy = await connect(server.port);
  // Connections are accepted in their order: Michael is in the room by then.
  await tracy.write(encode("Tracy"));
  assertEquals(await readExactly(michael, 5), encode("Tracy"));
});

Deno.test("chat_load.ts counts every line of every member", async () => {
  await using server = await startTyped(CHAT);
  const { port } = server;
  const output = await typedOutput(`${FOLDER}chat_load.ts`, {
    port,
    args: ["20", "2"],
  });
  assertEquals(
    output,
    "20 members, 40 messages\n760 lines of 760, 0 out of order\n",
  );
});

/** A member of the room, by its connection: how it reads its next line. */
async function join(conn: Deno.TcpConn, name: string) {
  const reader = new BufferedReader(conn, 1024);
  const line = async () => {
    const bytes = await reader.readLine(1024);
    return bytes && decode(bytes).slice(0, -2);
  };
  assertEquals(await line(), "* Your nickname?");
  await conn.write(encode(`${name}\n`));
  assertMatch(await line() ?? "", /^\* \/who, /);
  return line;
}

Deno.test("chapter 7: the bot welcomes who joins, and answers nobody else", async () => {
  await using server = await startTyped(CHAT);
  const { port } = server;
  await using bot = await runTyped(`${FOLDER}answers/chat_bot.ts`, { port });
  await bot.line(/^\* \/who, /);
  using michael = await connect(port);
  const toMichael = await join(michael, "Michael");
  assertEquals(await toMichael(), "[Bot] Welcome, Michael!");
  await michael.write(encode("* Tracy has joined\n"));
  await bot.line("<Michael> * Tracy has joined");
  using tracy = await connect(port);
  const toTracy = await join(tracy, "Tracy");
  assertEquals(await toMichael(), "* Tracy has joined");
  assertEquals(await toTracy(), "[Bot] Welcome, Tracy!");
});

Deno.test("netcat_plain.ts loses the answer that comes after the end of its input", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0.2"]);
  await using netcat = runExample(`${FOLDER}netcat_plain.ts`, {
    port: server.port,
    hasInput: true,
  });
  await netcat.type("Michael");
  await netcat.endInput();
  await server.process.line(/^Accept new connection/);
  const { stdout } = await netcat.ended();
  assert(!stdout.includes("Hello"), stdout);
});

Deno.test("chapter 7: a file arrives whole, or the receiver knows that it has not", async () => {
  const path = `${FOLDER}answers/whole_file.ts`;
  const receive = () => runExample(path, { port: 0, args: ["receive"] });
  const portOf = async (process: Process) =>
    Number(BIND.exec(await process.errorLine(BIND))?.[1]);
  {
    const file = "0123456789".repeat(100_000);
    await using receiving = receive();
    const port = await portOf(receiving);
    await using sending = runExample(path, {
      port,
      args: ["send"],
      hasInput: true,
    });
    await sending.type(file);
    await sending.endInput();
    assertEquals((await sending.ended()).code, 0);
    const { code, stdout } = await receiving.ended();
    assertEquals([code, stdout === file], [0, true]);
  }
  await using receiving = receive();
  {
    using conn = await connect(await portOf(receiving));
    await conn.write(new Uint8Array([0, 0, 0, 5, 0x68, 0x61])); // Two of five bytes.
    await conn.closeWrite();
    await receiving.errorLine(
      "Not the whole file: The connection ended after 2 of 5 bytes",
    );
  }
  assertEquals((await receiving.ended()).code, 1);
});

Deno.test("dns_plain.ts prints the question, the answer and the address", async () => {
  await using server = await startTyped(DNS_SERVER);
  const { port } = server;
  const output = await typedOutput(`${FOLDER}dns_plain.ts`, { port });
  const lines = output.trimEnd().split("\n");
  assertEquals(lines[0], "12 34 01 00 00 01 00 00 00 00 00 00 03 77 77 77");
  assertEquals(lines[4], "12 34 85 00 00 01 00 03 00 00 00 00 03 77 77 77");
  assertEquals(lines.at(-1), "192.0.2.2");
});

Deno.test("chapter 7: the name of an address is found", async () => {
  await using server = await startTyped(DNS_SERVER);
  const { port } = server;
  const reverse = (address: string) =>
    typedOutput(`${FOLDER}answers/reverse.ts`, {
      args: [address, "127.0.0.1", String(port)],
      replace: { [QUAD9]: `127.0.0.1:0,127.0.0.1:${port}` },
    });
  assertEquals(
    await reverse("192.0.2.1"),
    "1.2.0.192.in-addr.arpa. 300 IN PTR sockets.test.\n",
  );
  assertMatch(await reverse("2001:db8::1"), /^NXDOMAIN: /);
});

Deno.test("client_hello.ts shows which names can be read on the way", async () => {
  assertEquals(
    await typedOutput(`${FOLDER}client_hello.ts`),
    "16 03 01\nlocalhost: readable\ngreeting/1: readable\n",
  );
});

openssl(
  "cut.ts shows that half an answer looks whole without TLS alone",
  async () => {
    await using certificate = await makeCertificate();
    const output = await typedOutput(`${FOLDER}cut.ts`, {
      cwd: certificate.dir,
    });
    assertEquals(
      output,
      "TCP Pay 100\nTCP null\nTLS Pay 100\nTLS UnexpectedEof\n",
    );
  },
);

Deno.test("tls_client.ts refuses the certificate that has expired", async () => {
  const pem = new URL(`${FOLDER}expired.pem`, ROOT).pathname;
  const key = new URL(`${FOLDER}expired.key`, ROOT).pathname;
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.copyFile(pem, `${cwd}/cert.pem`);
    await Deno.copyFile(key, `${cwd}/key.pem`);
    await using server = await startTyped(TLS_SERVER, { cwd });
    await using client = await runTyped(TLS_CLIENT, { cwd, port: server.port });
    const { code, stderr } = await client.ended();
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      "invalid peer certificate: certificate expired; renew it, or check the clock",
    );
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

openssl("chapter 7: the handshake chooses between two protocols", async () => {
  await using certificate = await makeCertificate();
  const { dir: cwd } = certificate;
  const path = `${FOLDER}answers/two_protocols.ts`;
  await using server = await startTyped(path, { cwd });
  const { port } = server;
  const args = ["Michael"];
  const greetings = await typedOutput(TLS_CLIENT, { cwd, port, args });
  assertEquals(greetings, "Welcome!\nHello, Michael!\n");
  using conn = bounded(
    await Deno.connectTls({
      hostname: "localhost",
      port,
      caCerts: [await Deno.readTextFile(`${cwd}/cert.pem`)],
      alpnProtocols: ["greeting/2", "greeting/1"],
    }),
  );
  await conn.write(encode("Michael\nTracy\n"));
  const lines = "Hello, Michael!\nHello, Tracy!\n";
  assertEquals(decode(await readExactly(conn, lines.length)), lines);
});

Deno.test("lossy.ts makes a bad network for udp_client.ts and for a file", async () => {
  const line = await runLine(`${FOLDER}lossy.ts`);
  await using server = await startServer("udp_server.ts");
  const words = line.replaceAll(":9999", `:${server.port}`).split(" ").slice(1);
  const options = [`--port=${server.port}`, "--timeout=0.2", "--retries=30"];
  const greetings = await run(Deno.execPath(), [...words, ...options], {
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  assertEquals(
    greetings,
    "Hello, Michael!\nHello, Tracy!\nHello, Sarah!\n",
  );
  await using folder = new TransferFolder(20_000);
  const lossy = `--preload=${new URL(`${FOLDER}lossy.ts`, ROOT)}`;
  const [receiving, port] = await folder.receive();
  await using _receiving = receiving;
  const program = ["examples/file/send_file.ts", `--port=${port}`, folder.file];
  await using sending = Process.start(
    Deno.execPath(),
    ["run", "-q", "-A", lossy, ...program],
    { cwd: ROOT },
  );
  const { code, stdout } = await sending.ended();
  assertEquals(code, 0);
  const datagrams = Number(/ in (\d+) datagrams\.\n$/.exec(stdout)?.[1]);
  assert(datagrams > 20_000 / MAX_DATA + 1, "Some were sent again");
  assertEquals((await receiving.ended()).code, 0);
  await folder.assertArrived();
});

Deno.test("packet_bytes.ts shows the parts of a packet, and the checksum is that of zlib", async () => {
  const output = await typedOutput(`${FOLDER}packet_bytes.ts`);
  const bytes = output.trim().split("\n").map((line) => line.slice(21)).join(
    " ",
  );
  const checksum = /^46 54 31 44 00 07 90 56 01 23 45 67 89 ab cd ef /;
  assertMatch(bytes, checksum);
});

Deno.test("chapter 7: a packet is sent once in (1 - loss)^2 tries", async () => {
  const output = await typedOutput(`${FOLDER}answers/sends.ts`);
  for (const line of output.trimEnd().split("\n")) {
    const [calculated = NaN, tried = NaN] = line.split(": ")[1]?.split(", ")
      .map(Number) ?? [];
    assert(Math.abs(calculated - tried) < 0.1, line);
  }
  assertStringIncludes(output, "30 %: 2.04, ");
});

Deno.test("chapter 7: a packet that is not signed with the key is dropped", async () => {
  assertEquals(
    await typedOutput(`${FOLDER}answers/signed.ts`),
    "signed: accepted\nchanged: dropped\nanother key: dropped\n" +
      "not signed: dropped\n",
  );
});

Deno.test("relay_plain.ts forwards, and loses what comes after a half-close", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0.2"]);
  const process = await runTyped(`${FOLDER}relay_plain.ts`, {
    port: 0,
    args: [String(server.port)],
    replace: { ":9998": `:${server.port}` },
  });
  await using relay = await listening(process);
  {
    using client = await connect(relay.port);
    assertEquals(decode(await readExactly(client, 8)), "Welcome!");
    await writeAll(client, encode("Michael"));
    assertEquals(decode(await readExactly(client, 15)), "Hello, Michael!");
  }
  const path = "book/3-tcp-is-a-stream/answers/half_close.ts";
  const output = await outputOf(path, { port: relay.port });
  assert(!output.includes("Hello"), output);
});

Deno.test("chapter 7: behind the relay with the PROXY protocol the server sees the client", async () => {
  const script = "examples/deploy/behind_proxy.ts";
  await using server = await startServer(script, ["--delay=0"]);
  const answer = await runTyped(`${FOLDER}answers/relay_proxy.ts`, {
    args: ["0", String(server.port)],
    replace: { ":9999": ":0", ":9998": `:${server.port}` },
  });
  await using relay = await listening(answer);
  using client = await connect(relay.port);
  assertEquals(decode(await readExactly(client, 8)), "Welcome!");
  await writeAll(client, encode("Michael"));
  assertEquals(decode(await readExactly(client, 15)), "Hello, Michael!");
  const { port } = client.localAddr;
  await server.process.line(`Accept new connection from 127.0.0.1:${port}...`);
});
