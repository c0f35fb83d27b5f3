/**
 * Sends requests to json_server.ts, all at once, and prints each response as it comes.
 *
 *     deno run --allow-net=127.0.0.1:9999 examples/json_client.ts "sleep 1" "add 1 2" "upper hello"
 *
 * With json_server.ts in another terminal you see three lines, that of `sleep` last:
 *
 *     add 1 2: 3
 *     upper hello: "HELLO"
 *     sleep 1: 1
 *
 * A request is a method and its parameters. `--timeout` is the limit of each request.
 */
import {
  CommandError,
  operands,
  run,
  tcpClientCommand,
} from "../lib/cli/mod.ts";
import { readLines } from "../lib/io/mod.ts";
import { deadline } from "../lib/net/mod.ts";
import { Connection } from "../lib/tcp/mod.ts";
import { printable } from "../lib/text/mod.ts";

const LONGEST = 1_000_000; // Maximum bytes of a response.

/** A response. An error is a value, as a result is. */
interface Response {
  id?: unknown;
  result?: unknown;
  error?: unknown;
}

/** Matches responses to requests by their ids, in any order. */
class JsonClient {
  readonly #conn: Connection;
  readonly #pending = new Map<unknown, PromiseWithResolvers<Response>>();
  #lastId = 0;
  #written = Promise.resolve();

  constructor(conn: Connection) {
    this.#conn = conn;
    void this.#receive();
  }

  /** Sends a request, and waits for its response, `timeout` milliseconds at most. */
  async request(method: string, params: unknown[], timeout: number) {
    const id = ++this.#lastId;
    const response = Promise.withResolvers<Response>();
    this.#pending.set(id, response);
    const line = `${JSON.stringify({ id, method, params })}\n`;
    const write = () => this.#conn.write(new TextEncoder().encode(line));
    this.#written = this.#written.then(write); // One at a time.
    this.#written.catch(response.reject);
    try {
      return await deadline(response.promise, timeout);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // A TimeoutError.
      const message = `no response within ${timeout / 1_000} s`;
      return { error: { code: "timeout", message } };
    } finally {
      this.#pending.delete(id); // A late response is ignored.
    }
  }

  async #receive(): Promise<void> {
    let reason: unknown = new CommandError("The server closed the connection");
    try {
      for await (const line of readLines(this.#conn, { maxLength: LONGEST })) {
        const response: Response = Object(JSON.parse(line));
        if (response.id === null) throw refused(response);
        this.#pending.get(response.id)?.resolve(response);
      }
    } catch (error) {
      reason = error instanceof SyntaxError
        ? new CommandError("The server sent a line that is not JSON")
        : error;
    }
    for (const { reject } of this.#pending.values()) reject(reason);
  }
}

/** An error of the connection: the server could not tell which request it was. */
const refused = ({ error }: Response) =>
  new CommandError(printable(`The server reports ${JSON.stringify(error)}`));

function readRequest(text: string) {
  const [method = "", ...words] = text.split(" ");
  const params = words.map((w) => /^-?[\d.]+$/.test(w) ? Number(w) : w);
  return { text, method, params };
}

const requests = operands({
  placeholder: "REQUEST",
  default: ["sleep 1", "add 1 2", "upper hello"],
  parse: readRequest,
  help: "A method and its parameters, in quotes: add, upper or sleep",
});
const { hostname, port, timeout, trace } = tcpClientCommand.options;
await run({
  script: "json_client.ts",
  summary: "JSON lines client: sends requests, and prints the responses.",
  options: { requests, hostname, port, timeout, trace },
  attempt: (to) => ({ action: "talk to", transport: "TCP", ...to }),
}, async ({ requests, hostname, port, timeout }, { print, signal, trace }) => {
  const connecting = Deno.connect({ hostname, port });
  const conn = await deadline(connecting, timeout, { signal });
  await using connection = new Connection(conn, { signal, trace });
  const client = new JsonClient(connection);
  let failed = 0;
  await Promise.all(requests.map(async ({ text, method, params }) => {
    const { result, error } = await client.request(method, params, timeout);
    if (error !== undefined) failed++;
    const value = JSON.stringify(error === undefined ? result : { error });
    print(printable(`${text}: ${value}`));
  }));
  if (failed > 0) {
    throw new CommandError(`${failed} of ${requests.length} requests failed`);
  }
});
