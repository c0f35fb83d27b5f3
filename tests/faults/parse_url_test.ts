import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatAddress } from "../../lib/net/mod.ts";
import { formatRequest } from "../../lib/http/mod.ts";
import { addressOf } from "../../lib/cli/commands.ts";
import { host } from "../support/hosts.ts";
import { outcome, property } from "../support/property.ts";
import { anyText, nearly } from "../support/random.ts";

const text = fc.oneof(
  anyText,
  nearly(fc.constantFrom(
    "/a/../b/%2e%2e/c",
    "//h/a",
    "\r\nX: y\r\n\r\n",
    "/ HTTP/1.1\r\nHost: x",
    "%0d%0aX:%20y",
    "?a=b&c#d",
    "u:p@h:80",
  )),
);

const SETTERS = [
  "hash",
  "host",
  "hostname",
  "href",
  "password",
  "pathname",
  "port",
  "search",
  "username",
] as const;

/** A URL made by a program, or typed by a user. */
const webUrl = fc.record({
  scheme: fc.constantFrom("http:", "https:", "HTTP:"),
  host: fc.oneof(
    host.map((hostname) => formatAddress({ hostname, port: 81 })),
    fc.constantFrom(
      "localhost",
      "例子.测试",
      "h:80",
      "h:443",
      "h:0",
      "a'b$(c)",
    ),
  ),
  path: fc.oneof(text, text.map((text) => `/${text}`)),
  changes: fc.array(fc.tuple(fc.constantFrom(...SETTERS), text), {
    maxLength: 3,
  }),
}).map(({ scheme, host, path, changes }) => {
  const url = URL.parse(`${scheme}//${host}${path}`) ??
    new URL(`${scheme}//localhost/`);
  for (const [part, value] of changes) {
    if (
      part === "href" && !/^https?:$/.test(URL.parse(value)?.protocol ?? "")
    ) {
      continue;
    }
    url[part] = value;
  }
  return url;
});

property({
  target: "lib/http/request.ts",
  fault: "random URLs",
  from: webUrl,
  holds(url) {
    const request = new TextDecoder("utf-8", { fatal: true })
      .decode(formatRequest(url));
    const [start = "", host, ...others] = request.split("\r\n");
    assertEquals(host, `Host: ${url.host}`);
    assertEquals(others, [
      "Accept: */*",
      "Accept-Encoding: identity",
      "Connection: close",
      "",
      "",
    ]);
    const [, target = "", rest] = /^GET (\/[!-~]*) HTTP\/1\.1(.*)$/s
      .exec(start) ?? [];
    assertEquals(rest, "", JSON.stringify(start));
    assert(/^[!-~]+$/.test(url.host), url.host);
    // The request is for the URL itself, without fragment, user name and password.
    const asked = new URL(url);
    asked.hash = asked.username = asked.password = "";
    assertEquals(new URL(url.origin + target).href, asked.href);
    assert(!target.includes("#"));
  },
});

property({
  target: "lib/http/request.ts",
  fault: "random URLs of any kind",
  from: fc.oneof(
    text,
    fc.webUrl(),
    nearly(fc.webUrl()),
    fc.constantFrom("data:,", "ftp://h/", "blob:http://h/"),
  ),
  async holds(text) {
    const url = URL.parse(text) ?? new URL("x:");
    const result = await outcome(() => formatRequest(url), TypeError);
    assertEquals("value" in result, /^https?:$/.test(url.protocol));
  },
});

property({
  target: "lib/cli/commands.ts",
  fault: "random URLs",
  from: webUrl,
  holds(url) {
    const server = addressOf(url);
    assert(!/[[\]]/.test(server.hostname) && server.hostname !== "");
    assert(Number.isInteger(server.port));
    assert(server.port >= 0 && server.port <= 65_535);
    const back = new URL(`${url.protocol}//${formatAddress(server)}`);
    assertEquals(back.origin, url.origin);
  },
});
