/**
 * Writes down the socket calls of the program that it is loaded before:
 *
 *     deno run --preload=file:///…/deno_calls.ts?out=/tmp/calls --allow-write=/tmp/calls …
 *
 * It wraps `Deno.listen`, `connect`, `listenDatagram`, what they return, and the
 * timers. The program sees the same objects and results. The lines of the file are
 * described in README.md.
 */
import { AsyncLocalStorage } from "node:async_hooks";

type Fields = Record<string, unknown>;
// deno-lint-ignore no-explicit-any
type Method = (...args: any[]) => any;

/** How many bytes of a call are kept. */
const KEPT = 2048;
/** Shorter timers are no pause that a reader would see, in milliseconds. */
const LEAST_PAUSE = 20;

const file = new URL(import.meta.url).searchParams.get("out") ?? "";
const log = Deno.openSync(file, { append: true, create: true });
const encoder = new TextEncoder();
/** The task that is running: a socket's, if it used one before. */
const tasks = new AsyncLocalStorage<number>();
let calls = 0;
let sockets = 0;
let newest = 0;

function write(fields: Fields): void {
  const t = performance.timeOrigin + performance.now();
  log.writeSync(encoder.encode(JSON.stringify({ t, ...fields }) + "\n"));
}

/**
 * The line of the program that is calling, of its main file if that is there, and
 * the lines of that file that called it.
 */
function callerLine():
  | { file: string; line: number; via?: number[] }
  | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = limit;
  const frames = Array.from(
    stack.matchAll(/(file:\/\/\S+?):(\d+):\d+/g),
    ([, file = "", line]) => ({ file, line: Number(line) }),
  ).filter(({ file }) => !file.startsWith(OWN));
  const [first = frames[0], ...others] = frames.filter(({ file }) =>
    file === Deno.mainModule
  );
  if (first === undefined || others.length === 0) return first;
  return { ...first, via: others.map(({ line }) => line) };
}

const OWN = import.meta.url.replace(/\?.*/, "");

/** The line that asked for a socket's stream, which then reads by itself. */
const streamLines = new Map<unknown, ReturnType<typeof callerLine>>();

function begin(op: string, task: number, fields: Fields = {}): number {
  const call = ++calls;
  const line = callerLine() ?? streamLines.get(fields.socket);
  write({ e: "begin", call, op, task, ...line, ...fields });
  return call;
}

function end(call: number, fields: Fields = {}): void {
  write({ e: "end", call, ...fields });
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
    throw error;
  }
}

const dataOf = (bytes: Uint8Array) => ({
  n: bytes.length,
  data: bytes.slice(0, KEPT).toHex(),
});

const addressOf = (address: unknown) => {
  const { hostname, port } = address as Deno.NetAddr;
  return `${hostname}:${port}`;
};

/** The methods of a socket that are recorded, each with what it moved. */
interface Recorded {
  op: string;
  before?: (...args: never[]) => Fields;
  after?: (result: never, first: never) => Fields;
}

/** Replaces methods of one socket by ones that write down their calls. */
function wrap(
  target: object,
  socket: number,
  task: number,
  methods: Record<string, Recorded>,
): void {
  const own = target as Record<string, Method>;
  for (const [name, { op, before, after }] of Object.entries(methods)) {
    const method = own[name];
    if (method === undefined) continue;
    const replacement = (...args: never[]) => {
      tasks.enterWith(task);
      const call = begin(op, task, { socket, ...before?.(...args) });
      return record(
        call,
        () => method.apply(target, args),
        (value) => after?.(value as never, args[0] as never) ?? {},
      );
    };
    Object.defineProperty(target, name, {
      value: replacement,
      configurable: true,
      writable: true,
    });
  }
}

/** `using` closes without calling `close`. */
function closeOnDispose(target: { close(): void }): void {
  const { close } = target;
  let isClosed = false;
  const whole = () => {
    isClosed = true;
    close.call(target);
  };
  Object.defineProperty(target, "close", { value: whole, configurable: true });
  Object.defineProperty(target, Symbol.dispose, {
    value: () => {
      if (!isClosed) whole();
    },
    configurable: true,
  });
}

function wrapConn(conn: Deno.TcpConn, socket: number, task: number): void {
  const { readable } = Object.getOwnPropertyDescriptors(
    Object.getPrototypeOf(Object.getPrototypeOf(conn)),
  );
  wrap(conn, socket, task, {
    read: {
      op: "read",
      after: (n: number | null, buffer: Uint8Array) =>
        n === null ? { end: true } : dataOf(buffer.subarray(0, n)),
    },
    write: {
      op: "write",
      before: (bytes: Uint8Array) => dataOf(bytes),
      after: (n: number) => ({ n }),
    },
    closeWrite: { op: "closeWrite" },
    close: { op: "close" },
  });
  closeOnDispose(conn);
  // `readable` reads without calling `read`.
  if (readable === undefined) return;
  let stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  Object.defineProperty(conn, "readable", {
    get: () => {
      streamLines.set(socket, callerLine());
      return stream ??= streamOf(conn);
    },
    configurable: true,
  });
}

function streamOf(conn: Deno.TcpConn): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const buffer = new Uint8Array(64 * 1024);
      const n = await conn.read(buffer);
      if (n !== null) return controller.enqueue(buffer.subarray(0, n));
      conn.close();
      controller.close();
    },
    cancel: () => conn.close(),
  }, { highWaterMark: 0 });
}

const { connect, listen, listenDatagram } = Deno;
const patched = Deno as unknown as Record<string, Method>;

patched.listen = (options: Deno.TcpListenOptions) => {
  const socket = ++sockets;
  const task = tasks.getStore() ?? 0;
  const call = begin("listen", task, { socket });
  return record(call, () => {
    const listener = listen(options);
    wrap(listener, socket, task, {
      accept: {
        op: "accept",
        after: (conn: Deno.TcpConn) => {
          const accepted = ++sockets;
          wrapConn(conn, accepted, ++newest);
          return ends(conn, accepted);
        },
      },
      close: { op: "close" },
    });
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
  const call = begin("connect", task, { socket });
  return record(call, () => connect(options), (conn) => {
    wrapConn(conn, socket, task);
    return ends(conn, socket);
  });
};

if (listenDatagram !== undefined) {
  patched.listenDatagram = (options: Deno.UdpListenOptions) => {
    const socket = ++sockets;
    const task = tasks.getStore() ?? ++newest;
    const call = begin("bind", task, { socket });
    return record(call, () => {
      const s = listenDatagram({ ...options, transport: "udp" });
      wrap(s, socket, task, {
        receive: {
          op: "receive",
          after: ([bytes, from]: [Uint8Array, Deno.Addr]) => ({
            ...dataOf(bytes),
            remote: addressOf(from),
          }),
        },
        send: {
          op: "send",
          before: (bytes: Uint8Array, to: Deno.Addr) => ({
            ...dataOf(bytes),
            remote: addressOf(to),
          }),
          after: (n: number) => ({ n }),
        },
        close: { op: "close" },
      });
      return s;
    }, (s) => ({ local: addressOf(s.addr), udp: true }));
  };
}

const { timeout } = AbortSignal;
AbortSignal.timeout = (ms: number) => {
  // Its end is not recorded: a listener would keep the program from ending.
  begin("limit", tasks.getStore() ?? 0, { ms });
  return timeout.call(AbortSignal, ms);
};

const timers = new Map<unknown, number>();
const global = globalThis as unknown as Record<string, Method>;
const { clearTimeout: stop, clearInterval: stopInterval } = globalThis;
const start = globalThis.setTimeout as Method;
const startInterval = globalThis.setInterval as Method;

/** A timer that was cleared is over, too. */
const cleared = (id: unknown) => {
  const call = timers.get(id);
  timers.delete(id);
  if (call !== undefined) end(call, { cleared: true });
};

global.setTimeout = (run: unknown, ms = 0, ...args: unknown[]) => {
  const line = callerLine();
  // Deno's own timers, and those too short to be seen.
  if (typeof run !== "function" || line === undefined || ms < LEAST_PAUSE) {
    return start(run, ms, ...args);
  }
  const call = begin("sleep", tasks.getStore() ?? 0, { ms });
  const id = start(() => {
    timers.delete(id);
    end(call);
    run(...args);
  }, ms);
  timers.set(id, call);
  return id;
};
global.clearTimeout = (id?: number) => {
  cleared(id);
  stop(id);
};
global.setInterval = (run: unknown, ms = 0, ...args: unknown[]) => {
  const id = startInterval(run, ms, ...args);
  timers.set(id, begin("timer", tasks.getStore() ?? 0, { ms }));
  return id;
};
global.clearInterval = (id?: number) => {
  cleared(id);
  stopInterval(id);
};

/** How often a program looks whether its recorder is still there, in milliseconds. */
const WATCH = 1_000;

// A recorder that was killed cannot end its programs; so they end by themselves.
const recorder = Deno.ppid;
const watch = startInterval(() => {
  if (Deno.ppid !== recorder) Deno.exit(130);
}, WATCH);
Deno.unrefTimer(watch);
