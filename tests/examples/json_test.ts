import { assertEquals, assertStringIncludes } from "@std/assert";
import { readLines } from "../../lib/io/mod.ts";
import { encode } from "../support/bytes.ts";
import { accept, connect } from "../support/connection.ts";
import { runTyped, startTyped } from "../support/example.ts";
import { readToEnd } from "../support/loopback_connection.ts";
import { run, works } from "../support/process.ts";
import { python } from "../support/python.ts";
import { stop } from "../support/scripts.ts";
import { noPython, type Reason, testUnless } from "../support/skip.ts";

const SERVER = "examples/json_server.ts";
const CLIENT = "examples/json_client.ts";

const request = (id: unknown, method: unknown, ...params: unknown[]) =>
  JSON.stringify({ id, method, params });
const LONG = "x".repeat(65_496); // Its request is a line of 65,536 bytes.

/** Lines, the id of the response, and the result or the code of the error. */
const LINES: [line: string, id: unknown, wanted: unknown][] = [
  [request(1, "add", 1, 2.5), 1, 3.5],
  ['{"id":2,"method":"add"}', 2, 0],
  [`${request(3, "upper", "ß")}\r`, 3, "SS"],
  [request("a b", "sleep", 0), "a b", 0],
  [request(1, "upper", LONG), 1, LONG.toUpperCase()],
  [request(1, "upper", LONG + "x"), null, "bad_line"],
  ["hello", null, "bad_json"],
  ["", null, "bad_json"],
  ["[1]", null, "bad_id"],
  ["null", null, "bad_id"],
  ['{"method":"add"}', null, "bad_id"],
  ['{"id":9007199254740993}', null, "bad_id"],
  ['{"id":5}', 5, "unknown_method"],
  [request(6, "toString"), 6, "unknown_method"],
  ['{"id":8,"method":"add","params":{}}', 8, "bad_params"],
  [request(9, "add", 1, "2"), 9, "bad_params"],
  [request(10, "add", 1e308, 1e308), 10, "bad_params"],
  [request(11, "sleep", -1), 11, "bad_params"],
];

/** Sends a text, ends the output, and returns the responses. */
async function responses(port: number, text: string) {
  using conn = await connect(port);
  await conn.write(encode(text));
  await conn.closeWrite();
  const lines = (await readToEnd(conn)).split("\n");
  assertEquals(lines.pop(), "");
  return lines.map((line) => JSON.parse(line));
}

Deno.test("json_server.ts answers each line, right or wrong, with one line", async () => {
  await using server = await startTyped(SERVER);
  for (const [line, id, wanted] of LINES) {
    const [response, ...more] = await responses(server.port, `${line}\n`);
    const { result = response.error.code } = response;
    assertEquals([response.id, result, more], [id, wanted, []], line);
  }
});

Deno.test("json_server.ts answers in the order in which the requests are done, 100 at a time", async () => {
  await using server = await startTyped(SERVER);
  const slow = Array.from({ length: 99 }, (_, i) => request(i, "sleep", 0.2));
  const lines = [...slow, request("a", "add"), request("b", "add")];
  const all = await responses(server.port, `${lines.join("\n")}\n`);
  assertEquals(all[0].id, "a");
  assertEquals(new Set(all.map(({ id }) => id)).size, 101);
});

Deno.test("json_server.ts answers what came before a line without an end, and then says so", async () => {
  await using server = await startTyped(SERVER);
  const text = `${request(1, "sleep", 0.1)}\n{"id":2`;
  const [unfinished, slow] = await responses(server.port, text);
  assertEquals([unfinished.error.code, slow.result], ["bad_line", 0.1]);
});

Deno.test("json_server.ts reads a line byte by byte, and answers at a shutdown", async () => {
  await using server = await startTyped(SERVER);
  using conn = await connect(server.port);
  const lines = readLines(conn);
  for (const byte of encode(`${request(1, "upper", "é")}\n`)) {
    await conn.write(new Uint8Array([byte]));
  }
  assertEquals((await lines.next()).value, '{"id":1,"result":"É"}');
  if (Deno.build.os === "windows") return; // It has no SIGTERM to send.
  await conn.write(encode(`${request(2, "sleep", 9)}\n${request(3, "add")}\n`));
  assertEquals((await lines.next()).value, '{"id":3,"result":0}');
  const stopped = stop(server);
  assertEquals((await lines.next()).value, '{"id":2,"result":9}');
  assertEquals((await stopped).stderr, "");
});

const PYTHON = `
import json, socket, sys
f = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rw")
for id, method, params in (1, "sleep", [0.3]), (2, "upper", ["ü"]):
    print(json.dumps({"id": id, "method": method, "params": params}), file=f, flush=True)
assert [json.loads(f.readline())["result"] for _ in range(2)] == ["Ü", 0.3]`;
const noNc = !works("sh", "-c", "nc -h 2>&1 | grep OpenBSD") &&
  "no OpenBSD's nc";
const NC = `echo '{"id":1}' | nc -N 127.0.0.1 $0 | grep '"id":1'`;
const PEERS: [name: string, reason: Reason, command: string[]][] = [
  ["nc", noNc, ["sh", "-c", NC]],
  ["Python", noPython, [python ?? "", "-c", PYTHON]],
];

for (const [name, reason, [command = "", ...args]] of PEERS) {
  testUnless(reason, `${name} talks to json_server.ts`, async () => {
    await using server = await startTyped(SERVER);
    await run(command, [...args, `${server.port}`]);
  });
}

Deno.test("json_client.ts prints each response as it comes, and gives up one that is late", async () => {
  await using server = await startTyped(SERVER);
  const args = ["--timeout=2", "sleep 9", "sleep 0.3", "add 1 2", "upper é"];
  await using client = await runTyped(CLIENT, { port: server.port, args });
  const { code, stdout, stderr } = await client.ended();
  const late = '{"code":"timeout","message":"no response within 2 s"}';
  const lines = ["add 1 2: 3", 'upper é: "É"', "sleep 0.3: 0.3"];
  assertEquals(stdout.split("\n"), [
    ...lines,
    `sleep 9: {"error":${late}}`,
    "",
  ]);
  assertEquals([code, stderr], [1, "json_client.ts: 1 of 4 requests failed\n"]);
});

/** What a server may send, and what the client prints. */
const SERVERS: [sent: string, stdout: string, stderr: string][] = [
  [
    '{"id":7}\n{"id":2,"result":5}\n{"id":1,"result":null}\n',
    "b: 5\na: null\n",
    "",
  ],
  ['{"id":2,"result":5}\n', "b: 5\n", "The server closed the connection"],
  ["Welcome!\n", "", "sent a line that is not JSON"],
  ['{"id":null,"error":"bad"}\n', "", 'The server reports "bad"'],
  ["x".repeat(1_000_001), "", "A line is longer than 1000000 bytes"],
];

Deno.test("json_client.ts matches responses by their ids, and says what is wrong with others", async () => {
  for (const [sent, stdout, stderr] of SERVERS) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const options = { port: listener.addr.port, args: ["a", "b"] };
    await using client = await runTyped(CLIENT, options);
    using conn = await accept(listener);
    const lines = readLines(conn);
    for (const id of [1, 2]) {
      assertEquals(JSON.parse((await lines.next()).value).id, id);
    }
    const sending = conn.write(encode(sent)).then(() => conn.closeWrite());
    const ended = await client.ended();
    await sending.catch(() => {}); // It may have ended before it had read all.
    assertEquals(ended.stdout, stdout);
    assertStringIncludes(ended.stderr, stderr);
  }
});
