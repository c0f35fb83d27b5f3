import { assertEquals, assertThrows } from "@std/assert";
import { formatRequest } from "../../../lib/http/mod.ts";
import { decode } from "../../support/bytes.ts";

const URLS: [url: string, target: string, host: string][] = [
  ["http://a.example", "/", "a.example"],
  ["http://a.example/b/c?d=e&f#g", "/b/c?d=e&f", "a.example"],
  ["http://a.example/?", "/?", "a.example"],
  ["http://a.example/#", "/", "a.example"],
  ["http://a.example//b", "//b", "a.example"],
  ["http://a.example:80/", "/", "a.example"],
  ["http://a.example:443/", "/", "a.example:443"],
  ["https://a.example:443/", "/", "a.example"],
  ["https://a.example:8443/", "/", "a.example:8443"],
  ["http://[::1]:8000/x", "/x", "[::1]:8000"],
  ["http://me:secret@a.example/", "/", "a.example"],
  ["http://a.example/中 文?é", "/%E4%B8%AD%20%E6%96%87?%C3%A9", "a.example"],
  ["http://a.example/x\r\nA: b", "/xA:%20b", "a.example"],
  ["http://中.example/", "/", "xn--fiq.example"],
];

Deno.test("a request names the target and the host alone, and asks for a plain body", () => {
  for (const [url, target, host] of URLS) {
    assertEquals(decode(formatRequest(new URL(url))).split("\r\n"), [
      `GET ${target} HTTP/1.1`,
      `Host: ${host}`,
      "Accept: */*",
      "Accept-Encoding: identity",
      "Connection: close",
      "",
      "",
    ]);
  }
});

Deno.test("a request refuses other schemes", () => {
  for (const url of ["ftp://a.example/", "file:///etc/hosts", "data:,x"]) {
    assertThrows(
      () => formatRequest(new URL(url)),
      TypeError,
      `URL must be http or https: "${new URL(url).protocol}"`,
    );
  }
});
