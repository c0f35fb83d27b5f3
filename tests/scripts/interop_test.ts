import { assertEquals } from "@std/assert";
import { Process } from "../support/process.ts";
import { python } from "../support/python.ts";
import { boundPort, deno, ROOT, startServer } from "../support/scripts.ts";

const NAMES = ["Michael", "Tracy", "Sarah", "小明", "a b", "é".repeat(500)];
const GREETINGS = NAMES.map((name) => `Hello, ${name}!\n`).join("");

if (python === null) {
  console.warn("Skipped: the tests with Python, for there is no python3");
}

/** Starts a program that does what a listing of the tutorial does. */
function runPython(program: string, ...args: (string | number)[]): Process {
  const path = `tests/interop/${program}`;
  return Process.start(
    python ?? "python3",
    ["-X", "utf8", path, ...args.map(String)],
    { cwd: ROOT },
  );
}

function interop(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: python === null, fn });
}

async function assertPrints(process: Process, stdout: string): Promise<void> {
  const ended = await process.ended();
  assertEquals(
    { code: ended.code, stdout: ended.stdout, stderr: ended.stderr },
    { code: 0, stdout, stderr: "" },
  );
}

interop("Python's TCP client talks to tcp_server.ts", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0"]);
  await using client = runPython("tcp_client.py", server.port, ...NAMES);
  await assertPrints(client, `Welcome!\n${GREETINGS}`);
  await server.process.line(/^Connection from .* closed\.$/);
});

interop("tcp_client.ts talks to Python's TCP server", async () => {
  await using server = runPython("tcp_server.py", 0, 0);
  const port = await boundPort(server);
  await using client = deno("tcp_client.ts", [`--port=${port}`, ...NAMES]);
  await assertPrints(client, `Welcome!\n${GREETINGS}`);
  await server.line(/^Connection from .* closed\.$/);
});

interop(
  "Python's TCP client that is not told what to say says the same",
  async () => {
    await using server = await startServer("tcp_server.ts", ["--delay=0"]);
    await using client = runPython("tcp_client.py", server.port);
    await using ours = deno("tcp_client.ts", [`--port=${server.port}`]);
    const { stdout } = await ours.ended();
    await assertPrints(client, stdout);
  },
);

interop("Python's UDP client talks to udp_server.ts", async () => {
  await using server = await startServer("udp_server.ts");
  await using client = runPython("udp_client.py", server.port, ...NAMES);
  await assertPrints(client, GREETINGS);
});

interop("udp_client.ts talks to Python's UDP server", async () => {
  await using server = runPython("udp_server.py", 0);
  const port = await boundPort(server);
  await using client = deno("udp_client.ts", [`--port=${port}`, ...NAMES]);
  await assertPrints(client, GREETINGS);
});

interop("tcp_client.ts --get prints what Python's client does", async () => {
  const page = "<h1>你好</h1>\n";
  await using web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(page, { headers: { date: "-" } }),
  );
  const { port } = web.addr;
  await using theirs = runPython("http_client.py", "127.0.0.1", port, "/a?b");
  await using ours = deno("tcp_client.ts", [
    "--get",
    `http://127.0.0.1:${port}/a?b`,
  ]);
  const { stdout } = await ours.ended();
  assertEquals(stdout.split("\n\n")[1], page);
  await assertPrints(theirs, stdout);
});
