import { assertEquals } from "@std/assert";
import {
  boundPort,
  deno,
  freePort,
  noPython,
  outputOf,
  Process,
  python,
  ROOT,
  runExample,
  runTutorial,
  startExample,
  startServer,
  testUnless,
} from "./support.ts";

const GREETINGS = "Welcome!\nHello, Michael!\nHello, Tracy!\nHello, Sarah!\n";

function runPython(program: string, ...args: (string | number)[]): Process {
  const path = `tests/interop/${program}`;
  const words = ["-uX", "utf8", path, ...args.map(String)];
  return Process.start(python ?? "python3", words, { cwd: ROOT });
}

Deno.test("chapter 0: the first server greets the first client", async () => {
  const chapter = "book/0-from-python-to-typescript/";
  await using server = await startExample(`${chapter}server.ts`);
  const { port } = server;
  assertEquals(await outputOf(`${chapter}client.ts`, { port }), "Hello!\n");
});

Deno.test("the plain client fetches a page", async () => {
  const page = "<h1>你好</h1>\n";
  await using web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(page),
  );
  const args = ["127.0.0.1", String(web.addr.port)];
  const response = await outputOf("book/1-tcp-client/plain.ts", { args });
  const [header = "", body] = response.split("\r\n\r\n");
  assertEquals(header.split("\r\n")[0], "HTTP/1.1 200 OK");
  assertEquals(body, `${page}\n`);
});

testUnless(noPython, "the tutorial's client fetches a page", async () => {
  await using server = await startExample("book/1-tcp-client/page_server.ts");
  const cwd = await Deno.makeTempDir();
  const path = "book/1-tcp-client/tutorial_client.py";
  await using client = runTutorial(path, server.port, cwd);
  const { code, stdout, stderr } = await client.ended();
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.split(/\r?\n/)[0], "HTTP/1.1 200 OK");
  const page = await Deno.readTextFile(`${cwd}/example.html`);
  assertEquals(page.includes("<h1>Hello</h1>"), true);
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("the plain server greets the plain client", async () => {
  await using server = await startExample("book/2-tcp-server/plain.ts");
  const { port } = server;
  assertEquals(
    await outputOf("book/2-tcp-server/plain_client.ts", { port }),
    GREETINGS,
  );
  await server.process.line(
    /^Accept new connection from 127\.0\.0\.1:\d+\.\.\.$/,
  );
  await server.process.line(/^Connection from 127\.0\.0\.1:\d+ closed\.$/);
});

Deno.test("the typed client sends each line as a name", async () => {
  const path = "book/2-tcp-server/typed_client.ts";
  await using server = await startExample("book/2-tcp-server/plain.ts");
  for (const end of ["Ctrl-D", "exit"]) {
    await using client = runExample(path, {
      port: server.port,
      hasInput: true,
    });
    await client.line("Welcome!");
    await client.type("\n小明\n");
    await client.line("Hello, 小明!");
    // The server closes, and the client reads the end.
    if (end === "exit") await client.type("exit\n");
    else await client.endInput();
    assertEquals((await client.ended()).code, 0);
    await server.process.line(/^Connection from .* closed\.$/);
  }
});

Deno.test("the plain server greets tcp_client.ts", async () => {
  await using server = await startExample("book/2-tcp-server/plain.ts");
  await using client = deno("tcp_client.ts", [`--port=${server.port}`, "小明"]);
  assertEquals((await client.ended()).stdout, "Welcome!\nHello, 小明!\n");
});

testUnless(noPython, "the plain server greets Python's client", async () => {
  await using server = await startExample("book/2-tcp-server/plain.ts");
  await using client = runPython("tcp_client.py", server.port, "小明");
  assertEquals((await client.ended()).stdout, "Welcome!\nHello, 小明!\n");
});

Deno.test("the plain client talks to tcp_server.ts", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0"]);
  const { port } = server;
  assertEquals(
    await outputOf("book/2-tcp-server/plain_client.ts", { port }),
    GREETINGS,
  );
});

testUnless(
  noPython,
  "the tutorial's server and client are those of the plain programs",
  async () => {
    const chapter = "book/2-tcp-server/";
    await using plain = await startExample(`${chapter}plain.ts`);
    await using client = runTutorial(
      `${chapter}tutorial_client.py`,
      plain.port,
    );
    const port = freePort();
    await using server = runTutorial(`${chapter}tutorial_server.py`, port);
    await server.line("Waiting for connection...");
    const path = `${chapter}plain_client.ts`;
    assertEquals(await outputOf(path, { port }), GREETINGS);
    assertEquals((await client.ended()).stdout, GREETINGS);
  },
);

testUnless(noPython, "the plain client talks to Python's server", async () => {
  await using server = runPython("tcp_server.py", 0, 0);
  const port = await boundPort(server);
  assertEquals(
    await outputOf("book/2-tcp-server/plain_client.ts", { port }),
    GREETINGS,
  );
});
