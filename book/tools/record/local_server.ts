const HOST = "127.0.0.1";

/** The headers of each response: nothing is kept, guessed, passed on or framed. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Answers a request for a path, which is decoded and has no `/` in front. */
export type LocalHandler = (
  request: Request,
  path: string,
) => Response | Promise<Response>;

/**
 * Serves the page of a tool to the browser of this machine.
 *
 * It answers only requests for its own address: a page of another site, whose name was
 * pointed at 127.0.0.1, has another `Host`. What changes something (any method but GET)
 * must come from the page itself, by `Origin`. A request that cannot be understood gets
 * 400 and one line.
 *
 * @throws {Deno.errors.AddrInUse} If the port is in use.
 *
 * @param port The port; 0 for any that is free.
 * @param handler What answers.
 */
export function serveLocally(
  port: number,
  handler: LocalHandler,
): Deno.HttpServer<Deno.NetAddr> {
  const server = Deno.serve(
    { hostname: HOST, port, onListen: () => {} },
    async (request) => {
      const host = `${HOST}:${server.addr.port}`;
      const response = await answer(request, host, handler);
      for (const [name, value] of Object.entries(HEADERS)) {
        response.headers.set(name, value);
      }
      return response;
    },
  );
  return server;
}

/** A line as a response. */
export function refused(status: number, line: string): Response {
  return new Response(`${line}\n`, { status });
}

function answer(
  request: Request,
  host: string,
  handler: LocalHandler,
): Response | Promise<Response> {
  const { headers, method, url } = request;
  if (headers.get("host") !== host) {
    return refused(403, `Open http://${host}, as the tool has printed it`);
  }
  if (method !== "GET" && headers.get("origin") !== `http://${host}`) {
    return refused(403, "Only the page itself may do this");
  }
  try {
    const path = decodeURIComponent(new URL(url).pathname.slice(1));
    return handler(request, path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return refused(400, "This is no path");
  }
}
