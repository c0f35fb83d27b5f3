import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  noSignals,
  outputOf,
  Process,
  python,
  resetBeforeAccept,
  ROOT,
  runExample,
  runTutorial,
  startExample,
  startTyped,
  testUnless,
  works,
} from "./support.ts";

const NINE = "book/9-json-lines-and-http/";
const noPython = python === null;
const noCurl = !works("curl", "--version");

/** What a program of the chapter prints, whatever its end. */
async function endOf(path: string, port: number, ...args: string[]) {
  await using program = runExample(NINE + path, { port, args });
  return await program.ended();
}

Deno.test({
  name:
    "chapter 9: both plain clients talk to plain.ts, and one wrong line ends it",
  ignore: noPython,
  async fn() {
    await using server = await startExample(`${NINE}plain.ts`);
    const { port } = server;
    assertEquals(
      await outputOf(`${NINE}plain_client.ts`, { port }),
      '{"id":1,"result":3}\n{"id":2,"result":"小明"}\n',
    );
    await using client = runTutorial(`${NINE}plain_client.py`, port);
    assertMatch(
      (await client.ended()).stdout,
      /^{"id":1,"result":3}\r?\n{"id":2,"result":7}\r?\n$/,
    );
    const endless = await endOf("endless_line.ts", port);
    assertMatch(endless.stdout, /^No response/);
    const wrong = await endOf("send_line.ts", port, "hello");
    assertEquals(wrong.stdout, "The connection has ended.\n");
    assertEquals((await server.process.ended()).code, 1);
  },
});

Deno.test("chapter 9: careful.ts survives what ends plain.ts", async () => {
  await using server = await startExample(`${NINE}answers/careful.ts`);
  const { port } = server;
  const wrong = await endOf("send_line.ts", port, "hello");
  assertEquals(wrong.stdout, '{"id":null,"error":"not a request"}\n');
  const endless = await endOf("endless_line.ts", port);
  assertEquals(endless.stdout.includes("No response"), false);
  const output = await outputOf(`${NINE}plain_client.ts`, { port });
  assertStringIncludes(output, '{"id":1,"result":3}\n');
});

testUnless(
  noSignals,
  "chapter 9: a client that resets before accept does not end careful.ts",
  async () => {
    await using server = await startExample(`${NINE}answers/careful.ts`);
    server.process.kill("SIGSTOP");
    await resetBeforeAccept(server.port);
    server.process.kill("SIGCONT");
    await server.process.errorLine(/not connected/);
    const { port } = server;
    const output = await outputOf(`${NINE}plain_client.ts`, { port });
    assertStringIncludes(output, '{"id":1,"result":3}\n');
  },
);

Deno.test({
  name:
    "chapter 9: client.py matches the responses of json_server.ts by their ids",
  ignore: noPython,
  async fn() {
    await using server = await startTyped("examples/json_server.ts");
    const words = [`${NINE}answers/client.py`, `${server.port}`];
    await using client = Process.start(python ?? "", words, { cwd: ROOT });
    const { code, stdout, stderr } = await client.ended();
    assertEquals([code, stderr], [0, ""]);
    assertMatch(
      stdout,
      /^add 3\r?\ndivide {'code': 'unknown_method', .*}\r?\nsleep 1\r?\n$/,
    );
  },
});

Deno.test("chapter 9: the folder's cure shows the page, and not the secret", async () => {
  const ask = async (port: number, start: string) =>
    (await endOf("ask.ts", port, start)).stdout;
  await using plain = await startTyped(`${NINE}folder_plain.ts`);
  assertStringIncludes(await ask(plain.port, "GET /../secret.txt"), "not for");
  await using cured = await startTyped(`${NINE}cures/folder.ts`);
  const targets = ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt"];
  for (const target of [...targets, "/../site", "/favicon.ico", "/%"]) {
    assertMatch(await ask(cured.port, `GET ${target}`), /^HTTP\/1\.1 404 /);
  }
  assertStringIncludes(await ask(cured.port, "GET /"), "<h1>A page</h1>");
  assertMatch(await ask(cured.port, "HEAD /"), /^HTTP\/1\.1 200 [^<]*$/);
});

Deno.test({
  name: "chapter 9: keep_alive.ts answers several requests on a connection",
  ignore: noCurl,
  async fn() {
    await using server = await startExample(`${NINE}answers/keep_alive.ts`);
    const url = `http://127.0.0.1:${server.port}/`;
    const words = ["--silent", "--max-time", "20", url, `${url}2`];
    await using curl = Process.start("curl", words);
    const page = "<h1>Hello, browser!</h1>\n";
    assertEquals((await curl.ended()).stdout, page + page);
    await server.process.line(/: request 2$/);
  },
});
