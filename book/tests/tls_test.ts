/** The programs of chapter 11, with the TLS programs of `examples/`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readExactly } from "../../lib/io/mod.ts";
import {
  bounded,
  decode,
  encode,
  makeCertificate,
  noOpenssl,
  ROOT,
  runTyped,
  startTyped,
  testUnless,
  typedOutput,
} from "./support.ts";

const FOLDER = "book/11-tls/";
const TLS_SERVER = "examples/tls_server.ts";
const TLS_CLIENT = "examples/tls_client.ts";

function openssl(name: string, fn: () => Promise<void>): void {
  testUnless(noOpenssl, name, fn);
}

openssl("plain_client.ts gets its greeting from plain_server.ts", async () => {
  await using certificate = await makeCertificate();
  const { dir: cwd } = certificate;
  await using server = await startTyped(`${FOLDER}plain_server.ts`, { cwd });
  const { port } = server;
  assertEquals(
    await typedOutput(`${FOLDER}plain_client.ts`, { cwd, port }),
    "Hello, Michael!\n",
  );
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
  const pem = new URL(`${FOLDER}expired.pem`, ROOT);
  const key = new URL(`${FOLDER}expired.key`, ROOT);
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

openssl("chapter 11: the handshake chooses between two protocols", async () => {
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
