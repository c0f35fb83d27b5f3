import { assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { IdleTimeoutError, serveTcp } from "../../lib/tcp/mod.ts";
import { commandWords } from "../tools/docs/command_words.ts";
import { inTurn } from "../tools/docs/in_turn.ts";
import { OwnFolder } from "../tools/docs/own_folder.ts";
import { PortSubstitution } from "../tools/docs/port_substitution.ts";
import { recordedCommand } from "../tools/record/recorded_command.ts";
import { bookPrograms, encode, Process, python, ROOT } from "./support.ts";

// Windows has no signal for Ctrl-C, which ends the servers here.
const noSignals = Deno.build.os === "windows";

/** A program, and how it is run. */
interface Run {
  command: string[];
  cwd: string | URL;
  /** What stands at its standard input. */
  input?: string;
  /** It gets Ctrl-C once it has printed a line that matches. */
  interruptAt?: RegExp;
  /** What happens before. */
  visit?: (line: string) => Promise<void>;
  env?: Record<string, string>;
}

/** What a program did. */
interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  /** What the recorder has written down. */
  calls: string;
}

/** Runs a program without the recorder, or with its files in a folder. */
async function outcome(run: Run, folder: string | null): Promise<Outcome> {
  const { command, cwd, input, interruptAt, visit, env = {} } = run;
  if (folder !== null) {
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(`${folder}/calls`, "");
    const calls = new URL("book/tools/record/python_calls.py", ROOT);
    Deno.copyFileSync(calls, `${folder}/sitecustomize.py`);
  }
  const recorded = folder === null ? null : recordedCommand(command, folder);
  const [program = "", ...args] = recorded?.words ?? command;
  let interrupted: Promise<void> | undefined;
  const interrupt = async (line: string) => {
    await visit?.(line);
    try {
      process.kill("SIGINT");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended by itself.
    }
  };
  await using process = Process.start(program, args, {
    cwd,
    hasInput: true,
    env: { NO_COLOR: "1", PYTHONUNBUFFERED: "", ...env, ...recorded?.env },
    onLine(line) {
      if (interruptAt?.test(line)) interrupted ??= interrupt(line);
    },
  });
  // One that reads nothing may have ended.
  if (input !== undefined) await process.type(input).catch(() => {});
  await process.endInput();
  const { code, stdout, stderr } = await process.ended();
  await interrupted;
  const file = `${folder}/calls`;
  const calls = folder === null ? "" : Deno.readTextFileSync(file);
  return { code, stdout, stderr, calls };
}

/** What is printed, without the stack of an error in Deno: it may name the recorder. */
function withoutStack(text: string): string {
  return text.replace(/^(error: Uncaught .*\n)[^]*/m, "$1");
}

function comparable(text: string): string {
  return withoutStack(text.replaceAll(/\b\d{4,5}\b/g, "PORT"));
}

/**
 * So often a program is run in each way. What one read returns may differ from run to
 * run, and so what is printed; one outcome must have come in both ways.
 */
const TRIES = 5;

/** A program that is run, with the recorder's files in a folder or without it. */
type Attempt = (folder: string | null) => Promise<Outcome>;

/** Runs programs with and without the recorder. */
async function compare(
  attempts: Map<string, Attempt>,
  atOnce: number,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const differing: string[] = [];
  const textOf = ({ code, stdout, stderr }: Outcome) =>
    [code, stdout, stderr].join("\n");
  const shown = (texts: Set<string>) => [...texts].join("\n---\n");
  try {
    await inTurn(attempts, atOnce, async ([name, attempt]) => {
      const plain = new Set<string>();
      const recorded = new Set<string>();
      for (let i = 0; i < TRIES; i++) {
        plain.add(textOf(await attempt(null)));
        const slot = `${folder}/${name.replaceAll("/", " ")} ${i}`;
        const outcome = await attempt(slot);
        const isRecorded = outcome.calls !== "" || name === SUPERVISOR;
        recorded.add(isRecorded ? textOf(outcome) : "nothing is recorded");
        if (!plain.isDisjointFrom(recorded)) return;
      }
      differing.push(
        `${name}, without: ${shown(plain)}\nwith: ${shown(recorded)}`,
      );
    });
    assertEquals(differing, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How long a visit may take, and how long a greeter waits, in milliseconds. */
const IDLE = 500;
/** How long a server may take to print that a visitor has gone, in milliseconds. */
const MOMENT = 100;
/** So many names are greeted on a connection. */
const MOST_NAMES = 5;
/** The longest name that is greeted by UDP, in bytes. */
const LONGEST = 1_000;
const HOST = "127.0.0.1";

/**
 * Listens on a port that was free a moment ago. A program that another test has started
 * since may have a copy of the socket that has tried it, until execve(2).
 */
async function listenWhenFree<T>(listen: () => T): Promise<T> {
  for (const end = Date.now() + 10_000;; await delay(5)) {
    try {
      return listen();
    } catch (error) {
      const isInUse = error instanceof Deno.errors.AddrInUse;
      if (!isInUse || Date.now() > end) throw error;
    }
  }
}

/** A server that greets, by TCP and UDP on one port. */
async function greeter(port: number): Promise<AsyncDisposable> {
  const greet = (name: Uint8Array) =>
    encode(`Hello, ${new TextDecoder().decode(name)}!`);
  const local = { hostname: HOST, port };
  // A client that would wait for ever ends with the connection.
  const limits = { idleTimeout: IDLE, onListen() {}, onError() {} };
  const server = await listenWhenFree(() =>
    serveTcp({ ...local, ...limits }, async (conn) => {
      await conn.write(encode("Welcome!"));
      const name = new Uint8Array(1024);
      try {
        for (let left = MOST_NAMES; left > 0; left--) {
          const n = await conn.read(name);
          if (n === null) break;
          await conn.write(greet(name.subarray(0, n)));
        }
      } catch (error) {
        if (!(error instanceof IdleTimeoutError)) throw error;
      }
    })
  );
  const socket = await listenWhenFree(() =>
    Deno.listenDatagram({ ...local, transport: "udp" })
  );
  const greetings = (async () => {
    for await (const [name, from] of socket) {
      if (name.length > LONGEST) continue;
      await socket.send(greet(name), from);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      socket.close();
      await Promise.all([greetings, server[Symbol.asyncDispose]()]);
    },
  };
}

/** Visits a server that has just printed its port, until it has responded. */
async function visit(line: string, port: number): Promise<void> {
  const printed = Number(/\b\d{4,5}\b/.exec(line)?.[0] ?? port);
  const to = { hostname: HOST, port: printed };
  const response = /UDP|datagram/.test(line)
    ? async () => {
      const local = { hostname: HOST, port: 0, transport: "udp" } as const;
      const socket = Deno.listenDatagram(local);
      await socket.send(encode("Ann"), { ...to, transport: "udp" });
      await deadline(socket.receive(), IDLE).finally(() => socket.close());
    }
    : async () => {
      using conn = await Deno.connect(to);
      await conn.write(encode("Ann\n"));
      await conn.closeWrite();
      await deadline(new Response(conn.readable).bytes(), 3 * IDLE);
    };
  // It may refuse, be silent or reset the connection.
  await response().catch(() => {});
  // What it prints about that comes a moment later, or not before Ctrl-C: TRIES.
  await delay(MOMENT);
}

/** Only programs that it starts use sockets and print. */
const SUPERVISOR = "book/8-beyond-one-machine/answers/supervisor.ts";

/** What these print differs from run to run. */
const LEFT_OUT = [
  // It shows how a busy machine shares its time.
  "book/6-from-a-lesson-to-a-server/starve.ts",
  // Its figures are random.
  "book/12-file-over-udp/answers/sends.ts",
  // The end of its input is faster than the response, or not.
  "book/7-after-the-tutorial/netcat_plain.ts",
];

/** The peers of clients that need another one than a server that greets at once. */
const PEERS: [paths: string, peer: string][] = [
  ["book/9-json-lines-and-http/", "book/9-json-lines-and-http/plain.ts"],
  // They send while the server sleeps.
  ["book/3-tcp-is-a-stream/two_names", "book/2-tcp-server/plain.ts"],
  // However the names arrive, each is greeted.
  [
    "book/3-tcp-is-a-stream/three_names.py",
    "book/3-tcp-is-a-stream/answers/right_recv.py",
  ],
  // It sends again until the file has been acknowledged.
  [
    "book/12-file-over-udp/plain_send.ts",
    "book/12-file-over-udp/plain_receive.ts",
  ],
];

/** The words of the line in a program's header that runs it. */
function commandOf(path: string): string[] {
  const lines = Deno.readTextFileSync(new URL(path, ROOT)).split("\n");
  const line = lines.find((line) => line.includes(path)) ?? "";
  return commandWords(
    line.replace(/^ \*/, "").replace("[PORT]", "9999").replace(/ > .*/, "")
      .trim(),
  );
}

/**
 * Runs a program of the book on ports of its own, with a peer: a client with a server
 * that greets, a server with one visitor and then Ctrl-C.
 */
async function attemptOf(
  path: string,
  cwd: URL,
  folder: string | null,
): Promise<Outcome> {
  await using ports = new PortSubstitution();
  await using stack = new AsyncDisposableStack();
  const [, port = ""] = ports.substitute(["deno", "9999"]);
  const text = Deno.readTextFileSync(new URL(path, ROOT));
  const peer = PEERS.find(([paths]) => path.startsWith(paths))?.[1];
  const listens = /Bind |Waiting for/.test(text) || path === SUPERVISOR;
  if (!listens && peer === undefined) {
    stack.use(await greeter(Number(port)));
  } else if (!listens && peer !== undefined) {
    const [program = "", ...args] = ports.substitute(commandOf(peer));
    const server = stack.use(Process.start(program, args, { cwd }));
    await server.line(/^Bind /);
  }
  const [, ...args] = ports.substitute(commandOf(path));
  const isPython = path.endsWith(".py");
  if (isPython) {
    // The port of the tutorial's programs is in their code.
    const copy = new URL(path.replaceAll("/", "_"), cwd);
    Deno.writeTextFileSync(copy, text.replaceAll("9999", port));
    args[args.indexOf(path)] = copy.pathname;
  }
  const { code, stdout, stderr, calls } = await outcome({
    command: [isPython ? "python3" : "deno", ...args],
    cwd,
    input: "Ann\n",
    ...listens ? { interruptAt: /^Bind |^Waiting / } : {},
    visit: (line) => visit(line, Number(port)),
  }, folder);
  const [shown] = ports.restore([[stdout, stderr].map((text) => ({
    text: withoutStack(text.replaceAll(cwd.pathname, "")),
    status: code,
    isStopped: listens,
  }))]);
  return {
    code,
    stdout: shown?.[0]?.text ?? "",
    stderr: shown?.[1]?.text ?? "",
    calls,
  };
}

Deno.test(
  "each program of the book does under the recorder what it does",
  { ignore: noSignals || python === null },
  async () => {
    await using plain = await OwnFolder.like(ROOT);
    await using recorded = await OwnFolder.like(ROOT);
    for (const { url } of [plain, recorded]) {
      const tls = new URL("tests/support/tls/", ROOT);
      Deno.copyFileSync(
        new URL("localhost.pem", tls),
        new URL("cert.pem", url),
      );
      Deno.copyFileSync(new URL("localhost.key", tls), new URL("key.pem", url));
    }
    const attempts = bookPrograms().filter((path) => !LEFT_OUT.includes(path))
      .map((path): [string, Attempt] => [
        path,
        (folder) =>
          attemptOf(path, (folder === null ? plain : recorded).url, folder),
      ]);
    await compare(new Map(attempts), 6);
  },
);

/** Programs of all kinds: what they do, and their text. */
const PYTHON: [what: string, text: string, run?: Partial<Run>][] = [
  [
    "threads that outlive the main thread, and connect",
    `import socket, threading, time
def serve(c):
    time.sleep(0.1)
    c.sendall(b"Hi"); c.close()
def visit():
    with socket.create_connection(where) as c:
        print(c.recv(10), threading.active_count() > 1, flush=True)
s = socket.create_server(("127.0.0.1", 0))
where = s.getsockname()
threads = [threading.Thread(target=visit) for _ in range(2)]
for t in threads:
    t.start()
    c, a = s.accept()
    threading.Thread(target=serve, args=(c,)).start()
    t.join()
print(s, type(s), isinstance(s, socket.socket))
s.close()
threading.Thread(target=lambda: (time.sleep(0.1), print("late"))).start()`,
  ],
  [
    "an exception in a thread, one that is printed, and one that ends it",
    `import socket, sys, threading, traceback
def fail():
    socket.create_connection(("127.0.0.1", 1))
t = threading.Thread(target=fail, name="T"); t.start(); t.join()
try:
    fail()
except OSError:
    traceback.print_exc()
    print(traceback.format_exc().count("File"))
try:
    socket.socket().connect(("127.0.0.1", 1))
except OSError as error:
    raise RuntimeError("no") from error`,
  ],
  [
    "processes",
    `import multiprocessing, os, socket, subprocess, sys
def child(c):
    print("child", flush=True); c.sendall(b"x"); sys.exit(4)
if __name__ == "__main__":
    a, b = socket.socketpair()
    p = multiprocessing.get_context("fork").Process(target=child, args=(b,))
    p.start(); print(a.recv(1)); p.join(); print(p.exitcode)
    pid = os.fork()
    if pid == 0:
        socket.socket().close(); print("forked"); sys.stdout.flush(); os._exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    subprocess.run([sys.executable, "-c", "import sys; print(sys.path[0], sys.argv)"])
    s = socket.socket(); s.close()
    sys.exit(subprocess.run(["sh", "-c", "echo $PYTHONPATH sh; exit 5"]).returncode)`,
  ],
  [
    "arguments, names, paths and an import",
    `import os, sys
import neighbour
print(sys.argv, __file__, __name__, sys.path[0], os.environ.get("PYTHONPATH"))
print(neighbour.answer, "__main__" in sys.modules, sys.modules["__main__"].__file__)
with open("written.txt", "w") as f:
    f.write("x" * 3)
print(os.path.getsize("written.txt"), os.getcwd(), sys.flags.unbuffered)
print(sys.stdout.line_buffering, sys.stdout.encoding, open(__file__).readline())`,
    {},
  ],
  [
    "standard input",
    `import sys
print(input("name? "))
print(sys.stdin.readline(), end="")
for line in sys.stdin:
    print(repr(line))
    break
print(sys.stdin.read(2), sys.stdin.buffer.read(), sys.stdin.read())
input()`,
    { input: "Ann\nBob\nCarl\n小明\nand more\n" },
  ],
  [
    "all ways to print",
    `import contextlib, io, logging, sys
print("a", 1, sep="-", end="; "); print(); print("\\n", "x\\ny")
sys.stdout.write("partial"); sys.stdout.flush(); sys.stdout.writelines(["p\\n", "q\\n"])
sys.stdout.buffer.write(b"bytes\\n"); print("err", file=sys.stderr)
with contextlib.redirect_stdout(io.StringIO()) as text: print("inside")
print(len(text.getvalue())); logging.warning("warned")
try: print("x", file=3)
except AttributeError as e: print(e)
try: sys.stdout.write(3)
except TypeError as e: print(e)
sys.stdout.reconfigure(line_buffering=True); print("小明" * 5000)
sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="latin-1"); print("ü")`,
  ],
  [
    "mistakes",
    `import socket, time
s, u = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
server = socket.create_server(("127.0.0.1", 0)); s.connect(server.getsockname())
for mistake in (
    lambda: s.send("text"), lambda: s.sendall("text"), lambda: s.sendall(),
    lambda: s.send(), lambda: s.recv(), lambda: s.recv(-1), lambda: s.recv("1"),
    lambda: u.sendto(b"x"), lambda: u.sendto("x", ("127.0.0.1", 9)), lambda: u.sendto(),
    lambda: u.bind(1), lambda: u.bind("127.0.0.1", 9), lambda: s.connect("127.0.0.1"),
    lambda: s.connect(("127.0.0.1", "9")), lambda: s.connect(), lambda: s.accept(1),
    lambda: s.shutdown(), lambda: s.listen("x"), lambda: s.recv_into(b"x"),
    lambda: s.connect_ex(("127.0.0.1", 99999)), lambda: time.sleep("1"),
    lambda: time.sleep(-1), lambda: s.sendmsg("text"), lambda: s.recvfrom_into(),
    lambda: s.bind(server.getsockname()), lambda: u.recvfrom(), lambda: s.getsockopt(),
):
    try: print(mistake())
    except Exception as e: print(type(e).__name__, e)
s.send("and one that ends it")`,
  ],
  [
    "a signal, and an end with a status",
    `import atexit, signal, sys, time
atexit.register(print, "at exit")
def stop(*_):
    print("stopped"); sys.exit(3)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
time.sleep(20)`,
    { interruptAt: /^ready$/ },
  ],
  [
    "Ctrl-C in accept",
    `import socket
s = socket.create_server(("127.0.0.1", 0)); print("ready", flush=True); s.accept()`,
    { interruptAt: /^ready$/ },
  ],
  [
    "time limits",
    `import signal, socket, sys
s = socket.create_server(("127.0.0.1", 0)); s.settimeout(0.05)
try: s.accept()
except TimeoutError as e: print(repr(e))
s.setblocking(False)
try: s.accept()
except BlockingIOError as e: print(e)
def late(*_): raise TimeoutError("late")
signal.signal(signal.SIGALRM, late); signal.setitimer(signal.ITIMER_REAL, 0.1)
s.setblocking(True)
try: s.accept()
except TimeoutError as e: print(e)
sys.exit("over")`,
  ],
  [
    "os._exit, with output that is lost",
    `import os, socket
socket.socket().close(); print("lost"); os._exit(7)`,
  ],
  [
    "asyncio, selectors and socketserver",
    `import asyncio, selectors, socket, socketserver, threading
async def serve(r, w):
    w.write(await r.read(10)); await w.drain(); w.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    r, w = await asyncio.open_connection(*server.sockets[0].getsockname())
    w.write(b"x"); print(await r.read()); w.close(); await asyncio.sleep(0.05)
    try: await asyncio.open_connection("127.0.0.1", 1)
    except OSError as e: print(e)
    async with asyncio.timeout(0.05): await asyncio.Event().wait()
try: asyncio.run(main())
except TimeoutError: print("late")
class Handler(socketserver.BaseRequestHandler):
    def handle(self): self.request.sendall(self.request.recv(9))
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with socket.create_connection(server.server_address) as c, c.makefile("rw") as f:
        f.write("hi\\n"); f.flush(); print(f.readline(), end="")
    server.shutdown()
selector = selectors.DefaultSelector(); print(selector.select(0.01))`,
  ],
  [
    "a socket of one's own, and datagrams",
    `import socket
class Mine(socket.socket):
    def recv(self, n): return b"<" + super().recv(n) + b">"
a, b = Mine(type=socket.SOCK_DGRAM), socket.socket(type=socket.SOCK_DGRAM)
a.bind(("127.0.0.1", 0)); b.sendto(b"1", a.getsockname()); print(a.recv(9))
b.connect(a.getsockname()); b.send(b"2"); print(a.recv_into(bytearray(2)))
b.sendto(b"", a.getsockname()); print(a.recvfrom(9)[0], b.connect_ex(a.getsockname()))
print(socket.socket.__name__, socket.socket.recv.__name__, repr(a)[:13])
try: a.recv()
except TypeError: print("TypeError")
try: b.bind(a.getsockname())
except OSError as e: print(e)`,
  ],
];

const DENO: typeof PYTHON = [
  [
    "all ways to print",
    `console.log("%s %o", "a", { b: [1, "x"] }); console.group("g"); console.error("e");
console.table([[1, 2]]); console.groupEnd(); console.dir({ a: { b: { c: { d: 1 } } } });
console.count(); console.assert(false, "no"); console.log(console.log.name, "%c", "");
await Deno.stdout.write(new TextEncoder().encode("partial"));
Deno.stderr.writeSync(new TextEncoder().encode("sync\\n"));
await new Blob(["stream\\n"]).stream().pipeTo(Deno.stdout.writable);
Deno.exit(3);`,
  ],
  [
    "arguments, names and an import",
    `import { answer } from "./neighbour.ts";
console.log(Deno.args, import.meta.main, import.meta.url, Deno.mainModule, answer);
console.log(Deno.cwd(), (await import("./neighbour.ts")).answer, typeof setTimeout(() => {}, 1));
addEventListener("unload", () => console.log("unload"));`,
  ],
  [
    "standard input",
    `const b = new Uint8Array(4); console.log(await Deno.stdin.read(b), b, prompt("name?"));
console.log(Deno.stdin.readSync(b), b);
for await (const t of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) console.log(t);`,
    { input: "Ann\nBob\n小明\n" },
  ],
  [
    "an echo by streams, and a reader with its own buffer",
    `const l = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const c = await Deno.connect({ port: l.addr.port });
const d = await l.accept(); const echo = c.readable.pipeTo(c.writable);
await d.write(new Uint8Array([1, 2, 3])); await d.closeWrite();
const reader = d.readable.getReader({ mode: "byob" });
console.log(await reader.read(new Uint8Array(2)), await reader.read(new Uint8Array(2)));
console.log((await reader.read(new Uint8Array(2))).done, await echo, c.constructor.name);
l.close(); for await (const x of l) console.log(x);
await l.accept();`,
  ],
  [
    "failures",
    `const e = await Deno.connect({ hostname: "127.0.0.1", port: 1 }).catch((e) => e);
console.log(e.name, e.message, e.stack);
const l = Deno.listen({ hostname: "127.0.0.1", port: 0 });
try { Deno.listen({ hostname: "127.0.0.1", port: l.addr.port }); } catch (e) { console.log(e); }
try { Deno.listen({ port: 70000 }); } catch (e) { console.log(e.message); }
Deno.connect({ hostname: "127.0.0.1", port: 1 });`,
  ],
  [
    "mistakes",
    `const l = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const c = await Deno.connect({ port: l.addr.port });
const u = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
// deno-lint-ignore-file
const any = Deno as any;
for (const mistake of [
  () => (c as any).write("text"), () => (c as any).write(), () => (c as any).read(),
  () => (u as any).send("x", u.addr), () => (u as any).send(new Uint8Array(1)),
  () => any.connect(), () => any.connect({ port: "x" }), () => any.listen(),
  () => any.stdout.write("x"), () => any.stdout.writeSync(), () => any.stdin.read(),
]) {
  try { console.log(await mistake()); } catch (e) { console.log((e as Error).message); }
}
c.close(); c.close();`,
  ],
  [
    "time limits and timers",
    `const s = AbortSignal.timeout(30); const l = Deno.listen({ hostname: "127.0.0.1", port: 0 });
await new Promise((r) => s.addEventListener("abort", r)); console.log(s.reason.name);
let n = 0; const i = setInterval(() => { if (++n === 2) { clearInterval(i); l.close(); } }, 30);
try { await l.accept(); } catch (e) { console.log(n, e.name); }
const long = setTimeout(() => {}, 60_000); clearTimeout(long); setTimeout((x) => console.log(x), 30, "y");`,
  ],
  [
    "a signal, a child and fetch",
    `Deno.addSignalListener("SIGINT", () => { console.log("stopped"); Deno.exit(4); });
await new Deno.Command("sh", { args: ["-c", "echo child; exit 3"], stdout: "inherit" }).output();
await fetch("http://127.0.0.1:1/").catch((e) => console.log(e.name));
await using server = Deno.serve({ port: 0, onListen: () => {} }, () => new Response("x"));
console.log(await (await fetch("http://127.0.0.1:" + server.addr.port)).text());
console.log("ready"); await new Promise((r) => setTimeout(r, 20_000));`,
    { interruptAt: /^ready$/ },
  ],
];

Deno.test(
  "programs of all kinds do under the recorder what they do without it",
  {
    ignore: noSignals || python === null,
  },
  async () => {
    const folder = await Deno.makeTempDir();
    const cwd = `${folder}/my programs`;
    try {
      Deno.mkdirSync(cwd);
      Deno.writeTextFileSync(`${cwd}/neighbour.py`, "answer = 42\n");
      Deno.writeTextFileSync(
        `${cwd}/neighbour.ts`,
        "export const answer = 42;\n",
      );
      const attempts = new Map<string, Attempt>();
      const add = (
        language: string,
        words: string[],
        [what, text, run]: typeof PYTHON[number],
        i: number,
      ) => {
        const file = `program ${i}.${language}`;
        Deno.writeTextFileSync(`${cwd}/${file}`, text + "\n");
        const command = [...words, file, "an argument", "-x"];
        const program: Run = { command, cwd, ...run };
        attempts.set(`${language} ${what}`, async (folder) => {
          const { code, stdout, stderr, calls } = await outcome(
            program,
            folder,
          );
          // Where Ctrl-C meets it depends on the machine.
          const errors = program.interruptAt === undefined
            ? comparable(stderr)
            : comparable(stderr).trimEnd().split("\n").at(-1) ?? "";
          return { code, stdout: comparable(stdout), stderr: errors, calls };
        });
      };
      for (const [i, one] of PYTHON.entries()) add("py", ["python3"], one, i);
      const deno = ["deno", "run", "--allow-all"];
      for (const [i, one] of DENO.entries()) add("ts", deno, one, i);
      await compare(attempts, 2);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
