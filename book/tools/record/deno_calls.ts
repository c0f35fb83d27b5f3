/**
 * Writes down the socket calls of the program that it is loaded before, what it prints,
 * and its waits for input:
 *
 *     deno run --preload=data:… --preload=file:///…/deno_calls.ts --allow-write=/tmp/calls …
 *
 * It wraps `Deno.listen`, `connect`, `listenDatagram`, what they return, the timers,
 * `console`, and standard input and output. The program sees the same objects and
 * results. The lines of the file are described in README.md.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Server as HttpServer } from "node:http";
import { Server, Socket } from "node:net";

type Fields = Record<string, unknown>;
// deno-lint-ignore no-explicit-any
type Method = (...args: any[]) => any;

/** How many bytes of a call are kept; of later calls a few, once these are many. */
const [KEPT, FEW, MANY] = [2048, 64, 4_000_000];
/** How many calls are written down. The others are counted, in steps of this size. */
const [MOST_CALLS, COUNTED] = [50_000, 1000];
/** How many lines are kept. */
const MOST_LINES = 1000;
/** Shorter timers are no pause that a reader would see, in milliseconds. */
const LEAST_PAUSE = 20;

const PLACE = Symbol.for("calls");
const place = globalThis as unknown as Record<symbol, string>;
const log = Deno.openSync(place[PLACE] ?? "", { append: true, create: true });
delete place[PLACE];
const encoder = new TextEncoder();
/** The task that is running: a socket's, if it used one before. */
const tasks = new AsyncLocalStorage<number>();
let calls = 0;
let sockets = 0;
let newest = 0;
const current = () => tasks.getStore() ?? 0;

function write(fields: Fields): void {
  const t = performance.timeOrigin + performance.now();
  log.writeSync(encoder.encode(JSON.stringify({ t, ...fields }) + "\n"));
}

const noted = new Set<string>();

/** Tells the recorder, once, that something in use is not recorded. */
function note(what: string): void {
  if (noted.has(what)) return;
  noted.add(what);
  write({ e: "note", text: what });
}

interface Line {
  file: string;
  line: number;
  via?: number[];
}

/** The lines of stacks that were seen before: parsing a stack takes longer than a call. */
const lines = new Map<string, Line | undefined>();

/** The line of the program that is calling: above a function of this file. */
function callerLine(above: Method = callerLine): Line | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const trace = { stack: "" };
  Error.captureStackTrace(trace, above);
  Error.stackTraceLimit = limit;
  const { stack } = trace;
  if (!lines.has(stack)) {
    if (lines.size === MOST_LINES) lines.clear();
    lines.set(stack, lineIn(stack));
  }
  return lines.get(stack);
}

/** The line in the main file, if there is one, and the lines of that file above. */
function lineIn(stack: string): Line | undefined {
  const frames = Array.from(
    stack.matchAll(/\b(file:\/\/.*?):(\d+):\d+\)?$/gm),
    // A space in a path stands in the stack as it is.
    ([, file = "", line]) => ({ file: new URL(file).href, line: Number(line) }),
  ).filter(({ file }) => !file.startsWith(OWN));
  const [first = frames[0], ...others] = frames.filter(({ file }) =>
    file === Deno.mainModule
  );
  if (first === undefined || others.length === 0) return first;
  return { ...first, via: others.map(({ line }) => line) };
}

const OWN = import.meta.url;

/** The line that asked for a socket's stream, which then reads by itself. */
const streamLines = new Map<unknown, ReturnType<typeof callerLine>>();

function begin(
  op: string,
  task: number,
  fields: Fields = {},
  above: Method = begin,
): number {
  const call = ++calls;
  if (call <= MOST_CALLS) {
    const line = callerLine(above) ?? streamLines.get(fields.socket ?? op);
    write({ e: "begin", call, op, task, ...line, ...fields });
  } else if (call % COUNTED === 1) {
    write({ e: "note", more: call - MOST_CALLS });
  }
  return call;
}

function end(call: number, fields: Fields = {}): void {
  if (call <= MOST_CALLS) write({ e: "end", call, ...fields });
}

/** Records a call that returns at once or later; what it throws is thrown on. */
function record<T>(
  call: number,
  run: () => T | Promise<T>,
  result: (value: T) => Fields,
): T | Promise<T> {
  const failed = (error: unknown) => {
    const { name, message } = error as Error;
    end(call, { error: `${name}: ${message}` });
  };
  try {
    const value = run();
    if (!(value instanceof Promise)) {
      end(call, result(value));
      return value;
    }
    // The caller gets this promise, so that no rejection is left unhandled here.
    return value.then((value) => {
      end(call, result(value));
      return value;
    }, (error) => {
      failed(error);
      throw error;
    });
  } catch (error) {
    failed(error);
    throw withoutOwn(error);
  }
}

/** An error that was thrown at once, without the lines of this file in its stack. */
function withoutOwn(error: unknown): unknown {
  if (error instanceof Error && error.stack !== undefined) {
    const lines = error.stack.split("\n");
    error.stack = lines.filter((line) => !line.includes(OWN)).join("\n");
  }
  return error;
}

let kept = 0;

/** What is wrong with an argument, the call itself reports. */
function dataOf(bytes: unknown): Fields {
  if (!(bytes instanceof Uint8Array)) return {};
  const part = bytes.subarray(0, kept < MANY ? KEPT : FEW);
  kept += part.length;
  return { n: bytes.length, data: part.toHex() };
}

const addressOf = (address: unknown) => {
  const { hostname = "127.0.0.1", port } = (address ?? {}) as Deno.NetAddr;
  return `${hostname}:${port}`;
};

/** The methods of a socket that are recorded, each with what it moved. */
interface Recorded {
  op: string;
  before?: (...args: never[]) => Fields;
  after?: (result: never, first: never) => Fields;
}

/**
 * Replaces methods by ones that write down their calls: those of a socket, which belongs
 * to a task, or those of standard input and output.
 */
function wrap(
  target: object,
  methods: Record<string, Recorded>,
  socket?: number,
  task?: number,
): void {
  const own = target as Record<string, Method>;
  for (const [name, { op, before, after }] of Object.entries(methods)) {
    const method = own[name];
    if (method === undefined) continue;
    const replacement = (...args: never[]) => {
      if (task !== undefined) tasks.enterWith(task);
      if (op === "close") closed.add(target);
      const fields: Fields = { ...socket && { socket }, ...before?.(...args) };
      if (op === "print" && fields.n === 0) return method.apply(target, args);
      const call = begin(op, current(), fields, replacement);
      return record(
        call,
        () => method.apply(target, args),
        (value) => after?.(value as never, args[0] as never) ?? {},
      );
    };
    define(target, name, replacement);
  }
}

function define(target: object, name: string | symbol, value: unknown): void {
  const flags = { configurable: true, writable: true };
  Object.defineProperty(target, name, { value, ...flags });
}

/** What the program has closed. */
const closed = new WeakSet<object>();

/** Closes what the program has not closed itself. */
function tryClose(target: { close(): void }): void {
  if (!closed.has(target)) target.close();
}

/** `using` closes without calling `close`. */
function closeOnDispose(target: { close(): void }): void {
  define(target, Symbol.dispose, () => tryClose(target));
}

const READ = {
  after: (n: number | null, buffer: Uint8Array) =>
    n === null ? { end: true } : dataOf(buffer.subarray(0, n)),
};
const WRITTEN = (n: number) => ({ n });

function wrapConn(conn: Deno.TcpConn, socket: number, task: number): void {
  wrap(
    conn,
    {
      read: { op: "read", ...READ },
      write: { op: "write", before: dataOf, after: WRITTEN },
      closeWrite: { op: "closeWrite" },
      close: { op: "close" },
    },
    socket,
    task,
  );
  closeOnDispose(conn);
  // `readable` and `writable` move bytes without calling `read` and `write`.
  replaceStream(conn, "readable", socket, () => readableOf(conn));
  replaceStream(conn, "writable", socket, () => writableOf(conn));
}

/** Replaces a stream of an object by one that is made when it is asked for. */
function replaceStream(
  target: object,
  name: "readable" | "writable",
  key: unknown,
  make: () => unknown,
): void {
  let stream: unknown;
  Object.defineProperty(target, name, {
    get() {
      if (stream === undefined) streamLines.set(key, callerLine());
      return stream ??= make();
    },
    configurable: true,
  });
}

function readableOf(
  source: { read(p: Uint8Array): Promise<number | null>; close(): void },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: 64 * 1024,
    async pull(controller) {
      const request = controller.byobRequest;
      if (!request?.view) return;
      const { buffer, byteOffset, byteLength } = request.view;
      const view = new Uint8Array(buffer, byteOffset, byteLength);
      const n = await source.read(view);
      if (n === null) {
        tryClose(source);
        controller.close();
      }
      request.respond(n ?? 0);
    },
    cancel: () => tryClose(source),
  });
}

function writableOf(conn: Deno.TcpConn): WritableStream<Uint8Array> {
  return new WritableStream({
    async write(chunk) {
      for (let sent = 0; sent < chunk.length;) {
        sent += await conn.write(chunk.subarray(sent));
      }
    },
    close: () => tryClose(conn),
    abort: () => tryClose(conn),
  });
}

// Their errors name an object, as Deno's own do.
const real = {
  connect: Deno.connect,
  listen: Deno.listen,
  listenDatagram: Deno.listenDatagram,
};
const patched = Deno as unknown as Record<string, Method>;

patched.listen = (options: Deno.TcpListenOptions) => {
  const socket = ++sockets;
  const task = current();
  const call = begin("listen", task, { socket });
  return record(call, () => {
    const listener = real.listen(options);
    const accept = {
      op: "accept",
      after: (conn: Deno.TcpConn) => {
        const accepted = ++sockets;
        wrapConn(conn, accepted, ++newest);
        return ends(conn, accepted);
      },
    };
    wrap(listener, { accept, close: { op: "close" } }, socket, task);
    closeOnDispose(listener);
    return listener;
  }, (listener) => ({ local: addressOf(listener.addr) }));
};

const ends = (conn: Deno.Conn, opened: number) => ({
  opened,
  local: addressOf(conn.localAddr),
  remote: addressOf(conn.remoteAddr),
});

patched.connect = (options: Deno.ConnectOptions) => {
  const socket = ++sockets;
  const task = tasks.getStore() ?? ++newest;
  const remote = addressOf(options);
  const call = begin("connect", task, { socket, remote });
  return record(call, () => real.connect(options), (conn) => {
    wrapConn(conn, socket, task);
    return ends(conn, socket);
  });
};

if (real.listenDatagram !== undefined) {
  patched.listenDatagram = (options: Deno.UdpListenOptions) => {
    const socket = ++sockets;
    const task = tasks.getStore() ?? ++newest;
    const call = begin("bind", task, { socket });
    return record(call, () => {
      const s = real.listenDatagram({ ...options, transport: "udp" });
      const receive = {
        op: "receive",
        after: ([bytes, from]: [Uint8Array, Deno.Addr]) => ({
          ...dataOf(bytes),
          remote: addressOf(from),
        }),
      };
      const send = {
        op: "send",
        before: (bytes: Uint8Array, to: Deno.Addr) => ({
          ...dataOf(bytes),
          remote: addressOf(to),
        }),
        after: WRITTEN,
      };
      wrap(s, { receive, send, close: { op: "close" } }, socket, task);
      return s;
    }, (s) => ({ local: addressOf(s.addr), udp: true }));
  };
}

const { timeout } = AbortSignal;
AbortSignal.timeout = (ms: number) => {
  // Its end is not recorded: a listener would keep the program from ending.
  begin("limit", current(), { ms });
  return timeout.call(AbortSignal, ms);
};

const timers = new Map<unknown, number>();
const global = globalThis as unknown as Record<string, Method>;

for (
  const [start, clear, op] of [
    ["setTimeout", "clearTimeout", "sleep"],
    ["setInterval", "clearInterval", "timer"],
  ] as const
) {
  const [realStart, realClear] = [global[start], global[clear]] as //
  [Method, Method];
  global[start] = (run: unknown, ms = 0, ...args: unknown[]) => {
    // Those too short to be seen, and Deno's own timers.
    if (
      typeof run !== "function" || ms < LEAST_PAUSE ||
      callerLine() === undefined
    ) return realStart(run, ms, ...args);
    const call = begin(op, current(), { ms });
    const id = realStart(() => {
      if (op === "sleep") {
        timers.delete(id);
        end(call);
      }
      run(...args);
    }, ms);
    timers.set(id, call);
    return id;
  };
  global[clear] = (id?: number) => {
    // A timer that was cleared is over, too.
    const call = timers.get(id);
    timers.delete(id);
    if (call !== undefined) end(call, { cleared: true });
    realClear(id);
  };
}

/** What Deno has inside: its console, and what that prints with. */
interface Internals {
  Console: new (print: (text: string, level: number) => void) => object;
  core: { print(text: string, isError: boolean): void };
}

const { Console, core } = (Deno as unknown as Record<symbol, Internals>)[
  (Deno as unknown as { internal: symbol }).internal
] as Internals;
// The same console, which prints as Deno's own does.
const { indentLevel: _, ...methods } = new Console((text, level) => {
  const fields = { fd: level > 1 ? 2 : 1, ...dataOf(encoder.encode(text)) };
  const call = begin("print", current(), fields);
  core.print(text, level > 1);
  end(call);
}) as { indentLevel: number };
Object.assign(console, methods);

for (const [fd, stream] of [[1, Deno.stdout], [2, Deno.stderr]] as const) {
  const before = (bytes: Uint8Array) => ({ fd, ...dataOf(bytes) });
  const print = { op: "print", before, after: WRITTEN };
  wrap(stream, { write: print, writeSync: print });
}

const input = { op: "input", ...READ };
wrap(Deno.stdin, { read: input, readSync: input });
replaceStream(Deno.stdin, "readable", "input", () => readableOf(Deno.stdin));

// What is not recorded is named when it is used first.
for (
  const [what, owner, name] of [
    ["Deno.serve", Deno, "serve"],
    ["Deno.connectTls", Deno, "connectTls"],
    ["Deno.listenTls", Deno, "listenTls"],
    ["Deno.startTls", Deno, "startTls"],
    ["fetch", globalThis, "fetch"],
    ["node:net", Server.prototype, "listen"],
    ["node:net", Socket.prototype, "connect"],
    ["node:http", HttpServer.prototype, "listen"],
  ] as const
) {
  const methods = owner as unknown as Record<string, Method>;
  const method = methods[name];
  if (method === undefined) continue;
  methods[name] = function (this: unknown, ...args) {
    note(what);
    return method.apply(this, args);
  };
}
