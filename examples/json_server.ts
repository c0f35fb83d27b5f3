/**
 * Requests and responses as lines of JSON. Each request has an `id`, and its response
 * has the same one, so that several can be under way at a time.
 *
 *     deno run --allow-net=127.0.0.1:9999 examples/json_server.ts
 *
 * In another terminal start json_client.ts, or type these two lines at
 * `nc 127.0.0.1 9999`:
 *
 *     {"id":1,"method":"sleep","params":[3]}
 *     {"id":2,"method":"add","params":[1,2]}
 *
 * The second response comes first: `{"id":2,"result":3}`. The response to a request
 * that is invalid is an error. After a line that is too long the connection is closed.
 */
import { run, tcpServerCommand } from "../lib/cli/mod.ts";
import { LimitExceededError, readLines } from "../lib/io/mod.ts";
import { type Connection, serveTcp } from "../lib/tcp/mod.ts";

const LONGEST = 65_536; // Maximum bytes of a line.
const MOST = 100; // Maximum pending requests of a connection.

/** An invalid request. */
class Refusal extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

type Method = (params: unknown[], conn: Connection) => unknown;

const methods: Record<string, Method> = {
  add(params) {
    let sum = 0;
    for (const each of params) sum += typeof each === "number" ? each : NaN;
    if (Number.isFinite(sum)) return sum; // JSON has no other numbers.
    throw new Refusal("bad_params", "add takes numbers, not too large");
  },
  upper([text]) {
    if (typeof text === "string") return text.toUpperCase();
    throw new Refusal("bad_params", "upper takes a text");
  },
  async sleep([time], conn) {
    const seconds = typeof time === "number" ? time : -1;
    if (seconds < 0) throw new Refusal("bad_params", "sleep takes seconds");
    await conn.sleep(seconds * 1_000);
    return seconds;
  },
};

const failure = (id: unknown, code: string, message: string) => (
  { id, error: { code, message } }
);

/** The response to a line, whatever is in it. */
async function respond(line: string, conn: Connection): Promise<unknown> {
  let id: unknown = null; // If the request has none.
  try {
    const request: Record<string, unknown> = Object(JSON.parse(line));
    const { id: given, method, params = [] } = request;
    // Beyond 2^53 - 1 a number would come back as another one.
    if (typeof given !== "string" && !Number.isSafeInteger(given)) {
      throw new Refusal("bad_id", "an id is a text or a whole number");
    }
    id = given;
    if (typeof method !== "string" || !Object.hasOwn(methods, method)) {
      const names = Object.keys(methods).join(", ");
      throw new Refusal("unknown_method", `the methods are ${names}`);
    }
    if (!Array.isArray(params)) throw new Refusal("bad_params", "not an array");
    return { id, result: await methods[method]?.(params, conn) };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return failure(null, "bad_json", "the line is not JSON");
    }
    if (!(error instanceof Refusal)) throw error;
    return failure(id, error.code, error.message);
  }
}

async function serve(conn: Connection): Promise<void> {
  const pending = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let written = Promise.resolve();
  const send = async (response: unknown) => {
    const line = new TextEncoder().encode(`${JSON.stringify(response)}\n`);
    await (written = written.then(() => conn.write(line))); // One at a time.
  };
  try {
    for await (const line of readLines(conn, { maxLength: LONGEST })) {
      const task = respond(line, conn).then(send).catch((error) => {
        failures.push(error);
        conn.abort(); // This ends the loop.
      }).finally(() => pending.delete(task));
      pending.add(task);
      // Otherwise a client that reads no responses would fill the memory.
      if (pending.size === MOST) await Promise.race(pending);
    }
  } catch (error) {
    const isLong = error instanceof LimitExceededError;
    if (!isLong && !(error instanceof Deno.errors.UnexpectedEof)) throw error;
    await send(failure(null, "bad_line", error.message));
  }
  await Promise.all(pending);
  if (failures.length > 0) throw failures[0];
}

const { delay: _, reusePort: __, ...options } = tcpServerCommand.options;
await run({
  script: "json_server.ts",
  summary: "JSON lines server: answers the requests add, upper and sleep.",
  options,
  isServer: true,
  attempt: (to) => ({ action: "listen on", transport: "TCP", ...to }),
}, async (limits, context) => {
  const server = serveTcp({ ...limits, ...context }, serve);
  context.print(`Bind TCP on ${server.addr.port}...`);
  await server.finished;
});
