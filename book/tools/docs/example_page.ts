/** The answer to every request. */
const BODY = `<!doctype html>
<title>Example Domain</title>
<h1>Example Domain</h1>
<p>This domain is for use in examples.</p>
`;
const ANSWER = `HTTP/1.1 200 OK\r
Content-Type: text/html\r
Content-Length: ${BODY.length}\r
Connection: close\r
\r
${BODY}`;

const HOST = "127.0.0.1";
const NAME = "example.com";

/**
 * A web server on this machine that commands are led to instead of
 * `http://example.com/`: so the chapters do not change when that page does, and can
 * be checked without a network.
 */
export class ExamplePage implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: HOST, port: 0 });
  readonly #served = serve(this.#listener);

  /** The arguments of a Deno that connects to this server instead of `example.com`. */
  toDeno([command = "", ...args]: string[]): string[] {
    const program = `const { connect } = Deno;
Deno.connect = (to) =>
  connect(to.hostname === "${NAME}" ? ${JSON.stringify(this.#local)} : to);`;
    const preload = `data:text/javascript,${encodeURIComponent(program)}`;
    // One more permitted address, in the same list.
    const allowed = args.map((word) =>
      word.startsWith("--allow-net=") ? `${word},${HOST}:${this.#port}` : word
    );
    return [command, `--preload=${preload}`, ...allowed];
  }

  /** The arguments of a Python program, which are its host and its port. */
  toPython(args: string[]): string[] {
    return args.map((word) =>
      word === NAME ? HOST : word === "80" ? String(this.#port) : word
    );
  }

  /** The output, with `example.com` instead of this server's address. */
  named(text: string): string {
    return text.replaceAll(`${HOST}:${this.#port}`, `${NAME}:80`);
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#served;
  }

  get #local(): { hostname: string; port: number } {
    return { hostname: HOST, port: this.#port };
  }

  get #port(): number {
    return this.#listener.addr.port;
  }
}

async function serve(listener: Deno.TcpListener): Promise<void> {
  for await (const conn of listener) {
    await conn.read(new Uint8Array(1024));
    // In one write, so that one read returns all of it: every buffer is larger.
    await conn.write(new TextEncoder().encode(ANSWER));
    conn.close();
  }
}
