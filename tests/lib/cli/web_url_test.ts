import { assertEquals, assertThrows } from "@std/assert";
import { webUrl } from "../../../lib/cli/_values.ts";
import { UsageError } from "../../../lib/cli/errors.ts";

for (
  const text of [
    "http://h/",
    "http://h:1/",
    "https://h:65535/a?b#c",
    "http://[::1]:8000",
    "http://127.0.0.1",
    "http://localhost./",
    "http://例子.测试/",
  ]
) {
  Deno.test(`webUrl takes ${text}`, () => {
    assertEquals(webUrl(text).href, new URL(text).href);
  });
}

const PORT = "a URL whose port is a whole number from 1 to 65535";
const LABEL = "a URL whose host is 1 to 63 letters";

// What a URL lets through and a connection does not.
for (
  const [text, allowed] of [
    ["http://h:0/", PORT],
    ["https://h:0", PORT],
    ["http://[::1]:00/", PORT],
    ["http://a..b/", LABEL],
    ["http://-a.b/", LABEL],
    ["http://a!b/", LABEL],
    [`http://${"x".repeat(64)}/`, LABEL],
    [`http://${"x.".repeat(127)}x/`, LABEL],
  ] as const
) {
  Deno.test(`webUrl refuses ${text}`, () => {
    assertThrows(() => webUrl(text), UsageError, allowed);
  });
}
