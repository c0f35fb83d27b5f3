import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MAX_TCP_NAME, MAX_UDP_NAME } from "../../lib/greeting.ts";
import { Process } from "../support/process.ts";
import { deno, type ScriptOptions } from "../support/scripts.ts";

const SCRIPTS = [
  "tcp_server.ts",
  "tcp_client.ts",
  "udp_server.ts",
  "udp_client.ts",
];

async function run(
  script: string,
  args: string[],
  options?: ScriptOptions,
) {
  await using process = deno(script, args, options);
  const { code, stdout, stderr } = await process.ended();
  return { code, stdout, stderr };
}

for (const script of SCRIPTS) {
  Deno.test(`${script} --help says how to run it, and needs no permission`, async () => {
    for (const args of [["--help"], ["-h"], ["--port", "80a", "-h"]]) {
      const { code, stdout, stderr } = await run(script, args, { allow: [] });
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertStringIncludes(stdout, `${script} [`);
      for (const option of ["--hostname", "--port", "--trace", "--help"]) {
        assertStringIncludes(stdout, option);
      }
      for (const line of stdout.split("\n")) {
        assertEquals(line.length <= 80, true, line);
      }
    }
  });
}

const servers = ["tcp_server.ts", "udp_server.ts"];
const clients = ["tcp_client.ts", "udp_client.ts"];

/** What the line says of a name that is one byte longer than this. */
const tooLong = (max: number) => [`1 to ${max} bytes`, `${max + 1}`];

/** Wrong command lines: the scripts, the arguments, and what the line must say. */
const WRONG: [scripts: string[], args: string[], says: string[]][] = [
  [SCRIPTS, ["--prot", "80"], ["--prot", "--hostname", "--port", "--help"]],
  [SCRIPTS, ["--port", "70000"], ["--port", '"70000"', "65535"]],
  [SCRIPTS, ["-p", "80a"], ["--port", '"80a"', "65535"]],
  [SCRIPTS, ["--port", "-1"], ["--port", "--port=PORT"]],
  [SCRIPTS, ["-p80", "--port=81"], ["--port", "once"]],
  [SCRIPTS, ["--port="], ["--port", "--port=PORT"]],
  [SCRIPTS, ["-H", "a b"], ["--hostname", '"a b"']],
  [SCRIPTS, ["-H", "127.0.0.1:80"], ["--hostname", "without a port"]],
  [SCRIPTS, ["--trace=yes"], ["--trace", '"yes"']],
  [clients, ["--port", "0"], ["--port", '"0"', "from 1"]],
  [servers, ["Sarah"], ['"Sarah"']],
  [["tcp_server.ts"], ["--delay=-1"], ["--delay", '"-1"', "0"]],
  [["tcp_server.ts"], ["--delay", "1s"], ["--delay", '"1s"', "seconds"]],
  [["tcp_server.ts"], ["--idle-timeout=-0.5"], ["--idle-timeout", '"-0.5"']],
  [["tcp_server.ts"], ["--drain-timeout", ""], ["--drain-timeout=SECONDS"]],
  [["tcp_server.ts"], ["--max-connections=0"], ["--max-connections", "1"]],
  [["tcp_server.ts"], ["--max-connections=1.5"], ["whole number"]],
  [clients, ["--timeout", "0"], ["--timeout", '"0"', "above 0"]],
  [["udp_client.ts"], ["--retries=-1"], ["--retries", '"-1"', "0"]],
  [clients, [""], ['""', "1 to "]],
  [["tcp_client.ts"], ["a".repeat(MAX_TCP_NAME + 1)], tooLong(MAX_TCP_NAME)],
  [["tcp_client.ts"], ["小".repeat(342)], ["1 to 1024 bytes", "1026"]],
  [["udp_client.ts"], ["a".repeat(MAX_UDP_NAME + 1)], tooLong(MAX_UDP_NAME)],
  [["tcp_client.ts"], ["Ann", "exit"], ['"exit"', "ends the conversation"]],
  [["tcp_client.ts"], ["Ann\n"], ["line break"]],
  [["tcp_client.ts"], ["--get", "http://a/", "Ann"], ["--get", '"Ann"']],
  [["tcp_client.ts"], ["--get", "http://a/", "-p80"], ["--port", "URL"]],
  [["tcp_client.ts"], ["--get", "http://a/", "-H", "b"], ["--hostname", "URL"]],
  [["tcp_client.ts"], ["--get", "ftp://a/"], ["ftp://a/", "https://"]],
  [["tcp_client.ts"], ["--get", "a"], ["--get", '"a"', "http://"]],
  [["tcp_client.ts"], ["--output", "a"], ["--output", "--get"]],
  [["tcp_client.ts"], ["--get", "http://a/", "--output="], ["--output=FILE"]],
];

for (const [scripts, args, says] of WRONG) {
  for (const script of scripts) {
    const shown = JSON.stringify(args).slice(0, 60);
    Deno.test(`${script} ${shown} is a wrong command line`, async () => {
      const { code, stdout, stderr } = await run(script, args, { allow: [] });
      assertEquals({ code, stdout }, { code: 2, stdout: "" });
      assertMatch(stderr, new RegExp(`^${script}: [^\n]*\n$`));
      for (const piece of says) assertStringIncludes(stderr, piece);
    });
  }
}

/** One line that names what was tried, and says this. */
function assertFailure(
  script: string,
  { code, stdout, stderr }: Awaited<ReturnType<typeof run>>,
  ...says: string[]
) {
  assertEquals({ code, stdout }, { code: 1, stdout: "" }, stderr);
  assertMatch(stderr, new RegExp(`^${script}: Cannot [^\n]*\n$`));
  for (const piece of says) assertStringIncludes(stderr, piece);
}

/** A port on which no program listens any more. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("a port in use is named, and another one advised", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  const tcp = listener.addr.port;
  const udp = (socket.addr as Deno.NetAddr).port;
  for (
    const [script, port] of [["tcp_server.ts", tcp], [
      "udp_server.ts",
      udp,
    ]] as const
  ) {
    const ended = await run(script, [`--port=${port}`]);
    assertFailure(script, ended, `127.0.0.1:${port}`, "in use", "another port");
  }
  socket.close();
});

Deno.test("an address of another machine is named", async () => {
  for (const script of servers) {
    const ended = await run(script, ["-H", "192.0.2.1", "--port=0"], {
      allow: ["net=192.0.2.1:0"],
    });
    assertFailure(script, ended, "192.0.2.1:0", "this machine");
  }
});

Deno.test("a server that is not there is named", async () => {
  const port = freePort();
  const ended = await run("tcp_client.ts", [`--port=${port}`]);
  assertFailure("tcp_client.ts", ended, `127.0.0.1:${port}`, "start");
});

Deno.test("a name that does not resolve is named", async () => {
  for (const script of [...clients, ...servers]) {
    const ended = await run(script, ["-H", "nowhere.invalid"], {
      allow: ["net=nowhere.invalid"],
    });
    assertFailure(script, ended, "nowhere.invalid");
  }
});

Deno.test("a missing permission is named as Deno wants it", async () => {
  const cases: [string, string[], string][] = [
    ["tcp_server.ts", [], "--allow-net=127.0.0.1:9999"],
    ["tcp_client.ts", [], "--allow-net=127.0.0.1:9999"],
    ["tcp_client.ts", ["-H", "::1"], "--allow-net=[::1]:9999"],
    [
      "tcp_client.ts",
      ["--get", "http://localhost/"],
      "--allow-net=localhost:80",
    ],
    ["udp_server.ts", [], "--allow-net=127.0.0.1"],
    ["udp_client.ts", [], "--allow-net=127.0.0.1:0,127.0.0.1:9999"],
    ["udp_client.ts", ["-H", "::1"], "--allow-net=[::1]:0,[::1]:9999"],
    ["udp_client.ts", ["-H", "localhost"], "--allow-net=localhost"],
  ];
  for (const [script, args, advice] of cases) {
    const ended = await run(script, args, { allow: [] });
    assertFailure(script, ended, advice);
  }
});

/** A command that runs another one without the right to ports below 1024. */
const WITHOUT_RIGHT: [string, string[]] = Deno.build.os === "linux"
  ? ["setpriv", ["--bounding-set=-net_bind_service"]]
  : ["env", []];

/** Whether there is a way to lack that right: Windows and macOS ask for none. */
function mayLackRight(): boolean {
  const probe = `Deno.listen({ hostname: "127.0.0.1", port: 1 })`;
  const [command, args] = WITHOUT_RIGHT;
  try {
    const { stderr } = new Deno.Command(command, {
      args: [...args, Deno.execPath(), "eval", probe],
    }).outputSync();
    return new TextDecoder().decode(stderr).includes("PermissionDenied");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("a name's permission is advised together with its address's", async () => {
  const ended = await run("udp_client.ts", ["-H", "localhost", "-p9"], {
    allow: ["net=localhost"],
  });
  const advice = /--allow-net=(\S+)/.exec(ended.stderr)?.[1] ?? "";
  assertEquals(advice.split(",").length, 3, ended.stderr);
  assertEquals(advice.split(",").includes("localhost"), true);
  // With all that is advised, nothing is missing.
  const again = await run(
    "udp_client.ts",
    ["-H", "localhost", "-p9", "--timeout=0.01", "--retries=0"],
    { allow: [`net=${advice}`] },
  );
  assertFailure("udp_client.ts", again, "localhost:9", "No answer");
});

Deno.test({
  name: "a port below 1024 without the right is named",
  ignore: !mayLackRight(),
  async fn() {
    const [command, args] = WITHOUT_RIGHT;
    for (const script of servers) {
      await using process = Process.start(command, [
        ...args,
        Deno.execPath(),
        "run",
        "--allow-net=127.0.0.1",
        script,
        "--port=1",
      ]);
      const ended = await process.ended();
      assertFailure(script, ended, "127.0.0.1:1 ", "1024");
    }
  },
});
