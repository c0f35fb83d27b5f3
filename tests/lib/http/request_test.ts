import { assertEquals, assertThrows } from "@std/assert";
import { formatRequest } from "../../../lib/http/request.ts";

function lines(url: string): string[] {
  return new TextDecoder().decode(formatRequest(new URL(url))).split("\r\n");
}

const CASES: [url: string, requestLine: string, host: string][] = [
  ["http://a.example", "GET / HTTP/1.1", "a.example"],
  ["http://a.example/b/c?d=e&f#g", "GET /b/c?d=e&f HTTP/1.1", "a.example"],
  ["http://a.example/?", "GET /? HTTP/1.1", "a.example"],
  ["http://a.example/#", "GET / HTTP/1.1", "a.example"],
  ["http://a.example//b", "GET //b HTTP/1.1", "a.example"],
  ["http://a.example:80/", "GET / HTTP/1.1", "a.example"],
  ["http://a.example:443/", "GET / HTTP/1.1", "a.example:443"],
  ["https://a.example:443/", "GET / HTTP/1.1", "a.example"],
  ["https://a.example:8443/", "GET / HTTP/1.1", "a.example:8443"],
  ["http://[::1]/", "GET / HTTP/1.1", "[::1]"],
  ["http://[::1]:8000/x", "GET /x HTTP/1.1", "[::1]:8000"],
  ["http://me:secret@a.example/", "GET / HTTP/1.1", "a.example"],
  [
    "http://a.example/中 文?é",
    "GET /%E4%B8%AD%20%E6%96%87?%C3%A9 HTTP/1.1",
    "a.example",
  ],
  ["http://a.example/x\r\nA: b", "GET /xA:%20b HTTP/1.1", "a.example"],
  ["http://中.example/", "GET / HTTP/1.1", "xn--fiq.example"],
];

for (const [url, requestLine, host] of CASES) {
  Deno.test(`request for ${JSON.stringify(url)} names ${host} and the target alone`, () => {
    assertEquals(lines(url).slice(0, 2), [requestLine, `Host: ${host}`]);
  });
}

Deno.test("request asks for a plain body and the end of the connection", () => {
  assertEquals(lines("http://a.example/").slice(2), [
    "Accept: */*",
    "Accept-Encoding: identity",
    "Connection: close",
    "",
    "",
  ]);
});

Deno.test("request refuses other schemes", () => {
  for (const url of ["ftp://a.example/", "file:///etc/hosts", "data:,x"]) {
    assertThrows(
      () => formatRequest(new URL(url)),
      TypeError,
      `URL must be http or https: "${new URL(url).protocol}"`,
    );
  }
});
