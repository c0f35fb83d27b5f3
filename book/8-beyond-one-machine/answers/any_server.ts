/**
 * A client with several servers: it takes the first that responds.
 *
 *     deno run --allow-net=127.0.0.1 book/8-beyond-one-machine/answers/any_server.ts 127.0.0.1:9998 127.0.0.1:9999
 *
 * Answer to an exercise of chapter 8.
 */
import { greeting, WELCOME } from "../../../lib/greeting.ts";
import { readExactly } from "../../../lib/io/mod.ts";
import { parseHostname, parsePort } from "../../../lib/net/mod.ts";
import { Connection } from "../../../lib/tcp/mod.ts";

const name = new TextEncoder().encode("Michael");

/** Greets `name` at one server; throws if that fails. */
async function ask(hostname: string, port: number): Promise<string> {
  const signal = AbortSignal.timeout(5_000); // For the connection and the response.
  using conn = await Deno.connect({ hostname, port, signal });
  const server = new Connection(conn, { signal });
  await readExactly(server, WELCOME.length);
  await server.write(name);
  const response = await readExactly(server, greeting(name).length);
  return new TextDecoder().decode(response);
}

for (const address of Deno.args) {
  const colon = address.lastIndexOf(":");
  try {
    const hostname = parseHostname(address.slice(0, colon));
    const port = parsePort(address.slice(colon + 1), 1);
    console.log(await ask(hostname, port));
    Deno.exit();
  } catch (error) {
    // A greeting changes nothing at the server, so another one may be asked.
    const reason = error instanceof Error ? error.message : error;
    console.error(`${address}: ${reason}`);
  }
}
console.error("No server has responded");
Deno.exit(1);
