import { assertEquals, assertRejects } from "@std/assert";
import {
  formatRequest,
  HttpError,
  readResponse,
} from "../../../lib/http/mod.ts";
import { binary } from "../../support/wire.ts";

/** Input that arrives whole, and an error in place of the end. */
function arriving(text: string) {
  let isRead = false;
  return {
    read(p: Uint8Array) {
      if (isRead) return Promise.reject(new Error("Read beyond the response"));
      isRead = true;
      p.set(binary(text));
      return Promise.resolve(text.length);
    },
  };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of body) text += new TextDecoder().decode(part);
  return text;
}

Deno.test("readResponse returns header and body, and reads no further than the body", async () => {
  const response = await readResponse(arriving(
    "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nB: \xa0\r\n\r\nnone",
  ));
  const { body, ...header } = response;
  assertEquals(header, {
    statusLine: "HTTP/1.1 404 Not Found",
    version: "1.1",
    status: 404,
    fields: [["Content-Length", "4"], ["B", "\xa0"]],
  });
  assertEquals(await textOf(body), "none");
});

Deno.test("readResponse returns before the body has arrived", async () => {
  const { status, body } = await readResponse(
    arriving("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"),
  );
  assertEquals(status, 200);
  await assertRejects(() => textOf(body), Error, "Read beyond the response");
});

Deno.test("readResponse refuses a header with two lengths", async () => {
  const response =
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
  await assertRejects(
    () => readResponse(arriving(response)),
    HttpError,
    'Content-Lengths differ: "1, 2"',
  );
});

Deno.test("readResponse reads from a Deno.Conn", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(formatRequest(new URL(`http://127.0.0.1:${port}/`)));
  using peer = await listener.accept();
  await peer.read(new Uint8Array(1024));
  await peer.write(binary("HTTP/1.0 200 OK\r\n\r\nhello"));
  peer.close();
  const { version, body } = await readResponse(conn);
  assertEquals(version, "1.0");
  assertEquals(await textOf(body), "hello");
});

Deno.test("an HttpError quotes the value, on one line and safe on a terminal", () => {
  assertEquals(
    new HttpError("Bad", "a\x1b]0;x\x07\r\n").message,
    'Bad: "a\\x1b]0;x\\x07\\x0d\\x0a"',
  );
  assertEquals(new HttpError("Bad", "").message, 'Bad: ""');
});

Deno.test("an HttpError without a value has the problem as its message", () => {
  assertEquals(new HttpError("Bad").message, "Bad");
  assertEquals(String(new HttpError("Bad")), "HttpError: Bad");
});
