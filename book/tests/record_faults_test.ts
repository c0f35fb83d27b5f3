import { assert, assertEquals, assertMatch } from "@std/assert";
import { OutputPipe } from "../tools/record/program_output.ts";
import {
  type Program,
  record,
  type RecordedEvent,
  Recorder,
  type RecordOptions,
} from "../tools/record/recorder.ts";
import { KEPT } from "../tools/record/recording.ts";
import { runOf } from "../tools/record/run_of.ts";
import { isRunning, until } from "./processes.ts";
import {
  decode,
  encode,
  freePort,
  Process,
  python,
  ROOT,
  works,
} from "./support.ts";

/** Programs that are written down here, recorded as a reader would record them. */

const LIMIT = 20_000;
// Windows has no signal for Ctrl-C, which ends the servers here.
const ignore = Deno.build.os === "windows" || !works("python3", "--version");

/** A folder whose name has a space, with programs in it. */
class Folder implements Disposable {
  readonly #parent = Deno.makeTempDirSync();
  readonly path = `${this.#parent}/my programs`;

  constructor() {
    Deno.mkdirSync(this.path);
  }

  /** Writes programs, and says how they are run: each gets the port. */
  write(texts: [language: string, text: string][], port = 0): Program[] {
    return texts.map(([language, text], i) => {
      const file = `program ${i}.${language}`;
      Deno.writeTextFileSync(`${this.path}/${file}`, text);
      return { name: `${i}`, command: [file, String(port)] };
    });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#parent, { recursive: true });
  }
}

async function recordTexts(
  texts: [language: string, text: string][],
  options: Partial<RecordOptions> = {},
): Promise<{ events: RecordedEvent[]; notes: string[]; printed: string }> {
  using folder = new Folder();
  const notes: string[] = [];
  let printed = "";
  const events = await record(folder.write(texts, freePort()), {
    cwd: folder.path,
    limit: LIMIT,
    onNote: (_, what) => notes.push(what),
    onPrint: (_, text) => printed += text,
    ...options,
  });
  return { events, notes, printed };
}

/** The calls of a program as words: what, where, and the text that was moved. */
function callsOf(events: RecordedEvent[], p = 0): string[] {
  return runOf(events, { root: ROOT }).calls
    .filter(({ program }) => program === p)
    .map(({ op, line, data = "", isEnd }) => {
      const text = decode(Uint8Array.fromHex(data));
      return `${op} ${line} ${isEnd ? "end" : JSON.stringify(text)}`;
    });
}

/** What came by the pipe, so a moment later. */
const isFromPipe = (call: string) => call.startsWith("print 0 ");

const PRINTING = {
  py: `import os, socket, subprocess, sys
print("a", 1)
sys.stdout.write("part")
s = socket.create_server(("127.0.0.1", 0))
print("error", file=sys.stderr)
try: print(input("name? "))
except EOFError: pass
sys.stdout.flush()
subprocess.run(["echo", "child"])
sys.stdout.buffer.write(b"bytes\\n")
s.close()
`,
  ts: `const bytes = (text: string) => new TextEncoder().encode(text);
console.log("a", 1);
Deno.stdout.writeSync(bytes("part"));
const s = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.error("error");
await Deno.stdin.read(new Uint8Array(9));
await new Deno.Command("echo", { args: ["child"], stdout: "inherit" }).output();
await Deno.stdout.write(bytes("bytes\\n"));
s.close();
`,
};

Deno.test("what is printed, and a wait for input, are calls in their order", {
  ignore,
}, async () => {
  const python = await recordTexts([["py", PRINTING.py]]);
  const calls = callsOf(python.events);
  assertEquals(calls.filter(isFromPipe), ['print 0 "child\\n"']);
  assertEquals(calls.filter((call) => !isFromPipe(call)), [
    'print 2 "a 1\\n"',
    'print 3 "part"',
    'bind 4 ""',
    'listen 4 ""',
    'print 5 "error\\n"',
    'print 6 "name? "',
    "input 6 end",
    'print 10 "bytes\\n"',
    'close 11 ""',
  ]);
  const command = ["deno", "run", "--allow-all", "program 0.ts"];
  using folder = new Folder();
  folder.write([["ts", PRINTING.ts]]);
  const events = await record([{ name: "0", command }], {
    cwd: folder.path,
    limit: LIMIT,
  });
  const own = callsOf(events);
  assertEquals(own.filter(isFromPipe), ['print 0 "child\\n"']);
  assertEquals(own.filter((call) => !isFromPipe(call)), [
    'print 2 "a 1\\n"',
    'print 3 "part"',
    'listen 4 ""',
    'print 5 "error\\n"',
    "input 6 end",
    'print 8 "bytes\\n"',
    'close 9 ""',
  ]);
});

const CLIENT = `import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    print("answer" if s.recv(100) else "nothing")
`;

/** Servers that do not wait in accept, and what is recorded of each. */
const SERVERS: [text: string, calls: RegExp, notes: string[]][] = [
  [
    `import asyncio, sys
async def serve(reader, writer):
    writer.write(await reader.read(9))
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())`,
    /listen 6.*select 8.*accept 8.*recv 8.*send 3/s,
    [],
  ],
  [
    `import selectors, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
s.setblocking(False)
selector = selectors.DefaultSelector()
selector.register(s, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is s:
            selector.register(s.accept()[0], selectors.EVENT_READ)
        else:
            key.fileobj.sendall(key.fileobj.recv(9))
            selector.unregister(key.fileobj)`,
    /listen 2.*select 7.*accept 9.*recv 11.*sendall 11/s,
    [],
  ],
  [
    `import socketserver, sys
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(self.request.recv(9))
with socketserver.TCPServer(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    server.serve_forever()`,
    /listen 5.*select 6.*accept 6.*recv 4.*sendall 4/s,
    [],
  ],
  [
    `Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]) }, async () => {
  await fetch("data:,x");
  return new Response("x");
});`,
    /print 0 "Listening/,
    ["Deno.serve", "fetch"],
  ],
  [
    `import { createServer } from "node:net";
createServer((s) => s.end("x")).listen(Number(Deno.args[0]), "127.0.0.1");
console.log("ready");`,
    /print 3/,
    ["node:net"],
  ],
];

for (const [text, calls, notes] of SERVERS) {
  const [what = ""] = text.split("\n");
  Deno.test(`a client of another kind of server runs: ${what}`, {
    ignore,
  }, async () => {
    const language = what.includes("Deno") || what.includes("node:")
      ? "ts"
      : "py";
    const { events, notes: noted } = await recordTexts([
      [language, text],
      ["py", CLIENT],
    ]);
    assertEquals(callsOf(events, 1).at(-2), 'print 4 "answer\\n"');
    assertMatch(callsOf(events).join("\n"), calls);
    assertEquals(noted, notes);
    const [server] = runOf(events, { root: ROOT }).programs;
    assertEquals(server?.unrecorded ?? [], notes);
  });
}

Deno.test(
  "a failed connect has its address, a reset says so, a pause has no link",
  {
    ignore,
  },
  async () => {
    const { events } = await recordTexts([[
      "py",
      `import socket, struct, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
c = socket.create_connection(s.getsockname())
d, _ = s.accept()
time.sleep(0.03)
d.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
d.close()
s.close()
socket.socket().connect(("127.0.0.1", int(sys.argv[1])))`,
    ]]);
    const { calls } = runOf(events, { root: ROOT });
    const of = (op: string) => calls.filter((call) => call.op === op);
    const [connected, failed] = of("connect");
    assertEquals(connected?.port, undefined);
    assertEquals(failed?.hostname, "127.0.0.1");
    assertEquals(failed?.port, of("listen")[0]?.port);
    assertMatch(failed?.error ?? "", /^ConnectionRefusedError/);
    assertEquals(of("close").map(({ reset }) => reset), [true, undefined]);
    assertEquals(of("sleep").map(({ link }) => link), [undefined]);
  },
);

Deno.test("a server that sleeps before it listens is waited for", {
  ignore,
}, async () => {
  const { events } = await recordTexts([[
    "py",
    `import socket, sys, time
time.sleep(1.5)
socket.create_server(("127.0.0.1", int(sys.argv[1]))).accept()[0].sendall(b"x")`,
  ], [
    "py",
    CLIENT,
  ]]);
  assertEquals(callsOf(events, 1).at(-2), 'print 4 "answer\\n"');
});

Deno.test("what comes by a pipe is told apart from what was recorded", () => {
  const pipe = new OutputPipe();
  const restOf = (text: string) => decode(pipe.rest(encode(text)));
  for (const text of ["one ", "two\n", "three\n"]) {
    pipe.expect(text.length, encode(text));
  }
  pipe.expect(100, encode("xxx"));
  assertEquals(restOf("a child\none two"), "a child\n");
  // Another thread was first, and a child has printed between.
  assertEquals(restOf("\nchild\nthree\nxx"), "child\n");
  assertEquals(restOf(`${"x".repeat(98)}rest`), "rest");
});

Deno.test("a child that keeps standard output ends with the recording", {
  ignore,
}, async () => {
  const child = `import subprocess, threading
print(subprocess.Popen(["sleep", "321"]).pid, flush=True)
`;
  for (const rest of ["", "threading.Event().wait()\n"]) {
    const { printed } = await recordTexts([["py", child + rest]], {
      limit: 1_000,
    });
    await until(async () => !await isRunning(Number(printed)));
  }
});

Deno.test("a write that is blocked is a wait", { ignore }, async () => {
  using folder = new Folder();
  const [program] = folder.write([[
    "py",
    `import socket
s = socket.create_server(("127.0.0.1", 0))
socket.create_connection(s.getsockname()).sendall(bytes(50_000_000))`,
  ]]);
  assert(program !== undefined);
  await using recorder = new Recorder({ cwd: folder.path });
  const running = recorder.start(program);
  await until(() => running.hasBegun("sendall") && running.isWaiting());
});

Deno.test(
  "deno task record cleans what it prints for a terminal, and cuts a flood",
  {
    ignore,
  },
  async () => {
    using folder = new Folder();
    folder.write([
      [
        "py",
        `print("\\033[31mred\\t\\033[0m")
print("x" * 20_000_000, end="", flush=True)`,
      ],
      [
        "py",
        `import subprocess
subprocess.run("head -c 20000000 /dev/zero | tr '\\\\0' y", shell=True)`,
      ],
    ]);
    const words = ["program 0.py", "program 1.py"];
    const task = new URL("book/tools/record.ts", ROOT).pathname;
    await using process = Process.start(Deno.execPath(), [
      "run",
      "--allow-all",
      task,
      ...words.flatMap((word) => ["--", word]),
    ], { cwd: folder.path });
    const { code, stdout, stderr } = await process.ended();
    const lines = stderr.trimEnd().split("\n");
    assertEquals([code, lines[0]], [0, "server: \\x1b[31mred\t\\x1b[0m"]);
    assertMatch(stderr, /^server: x{2048}… \(19997952 more bytes\)$/m);
    assertMatch(stderr, /^client: y{10000}… \(cut at 10000 characters\)$/m);
    // Of each part that is read 2,048 bytes are kept. Uncut, each flood takes 40 MB.
    assert(stdout.length < 30_000_000, `${stdout.length}`);
  },
);

Deno.test("of a flood of calls the first are kept, and the others counted", {
  ignore,
}, async () => {
  const { events, notes } = await recordTexts([
    [
      "py",
      `import socket
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
for _ in range(51_500): s.sendto(bytes(3000), s.getsockname())`,
    ],
    [
      "ts",
      `const l = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const [a, b] = await Promise.all([Deno.connect({ port: l.addr.port }), l.accept()]);
for (let i = 0; i < 26_000; i++) {
  await a.write(new Uint8Array(3000));
  await b.read(new Uint8Array(3000));
}
Deno.exit();`,
    ],
  ], { limit: 60_000 });
  assertEquals(notes, Array(2).fill("the calls after the first 50,000"));
  const { programs, calls } = runOf(events, { root: ROOT });
  assertEquals(programs.map(({ more }) => more), [1001, 2001]);
  for (const p of [0, 1]) {
    const own = calls.filter(({ program }) => program === p);
    assertEquals(own.length, 50_000);
    const [first, last] = [own[5], own.at(-1)];
    assertEquals([first?.n, first?.data?.length], [3000, 2 * KEPT]);
    assertEquals([last?.n, last?.data?.length], [3000, 2 * 64]);
  }
});

Deno.test("Python is found by each of its names, and missed in one line", {
  ignore,
}, async () => {
  using folder = new Folder();
  folder.write([["py", 'print("ran")\n']]);
  const bin = `${folder.path}/bin`;
  Deno.mkdirSync(bin);
  const write = (name: string, text: string) =>
    Deno.writeTextFileSync(`${bin}/${name}`, `#!/bin/sh\n${text}\n`, {
      mode: 0o755,
    });
  Deno.symlinkSync("/bin/sh", `${bin}/sh`);
  Deno.symlinkSync("/bin/rm", `${bin}/rm`);
  const task = new URL("book/tools/record.ts", ROOT).pathname;
  const recorded = async (...command: string[]) => {
    const words = ["run", "--allow-all", task, "--", ...command];
    const env = { PATH: bin };
    const options = { cwd: folder.path, env };
    await using process = Process.start(Deno.execPath(), words, options);
    const { code, stderr } = await process.ended();
    return [code, stderr];
  };
  const missed = "record.ts: Python 3.8 or newer is needed: install it from " +
    "https://www.python.org/downloads/\n";
  // As that of Windows, which opens a shop.
  write("python3", "exit 49");
  assertEquals(await recorded("program 0.py"), [2, missed]);
  write("py", `[ "$1" = -3 ] && shift && exec "${python}" "$@"`);
  for (const words of [[], ["python3"], ["python"], ["py", "-3"]]) {
    const outcome = await recorded(...words, "program 0.py");
    assertEquals(outcome, [0, "program: ran\n"]);
  }
});
