import { assert, assertStringIncludes, assertThrows } from "@std/assert";
import { bothSides } from "../tools/draw/both_sides.ts";
import { DIAGRAMS } from "../tools/draw/diagrams.ts";
import { parseTrace } from "../tools/draw/trace_events.ts";

const CLIENT = "TCP 127.0.0.1:51234 -> 127.0.0.1:9999";
const SERVER = "TCP 127.0.0.1:9999 <- 127.0.0.1:51234";

/** The labels of a picture, from top to bottom. */
function labels(svg: string): string {
  return svg.matchAll(/<text class="label".*?<\/text>/g)
    .map(([label]) => label.replace(/<[^>]*>/g, "")).toArray().join(" | ");
}

for (const name of Object.keys(DIAGRAMS)) {
  Deno.test(`the diagram ${name} is in both languages, light and dark`, () => {
    const en = DIAGRAMS[name]?.("en") ?? "";
    const zh = DIAGRAMS[name]?.("zh") ?? "";
    assert(en !== zh);
    assertStringIncludes(en, 'xml:lang="en"');
    assertStringIncludes(zh, 'xml:lang="zh-CN"');
    assertStringIncludes(en, "prefers-color-scheme: dark");
  });
}

Deno.test("both sides: two writes, and one read of both", () => {
  const client = parseTrace(
    `0.000 ${CLIENT} 5 bytes\n0.000 ${CLIENT} 6 bytes\n`,
  );
  // The server's clock is a little behind: a read still comes after its writes.
  const server = parseTrace(`0.000 ${SERVER} 11 bytes\n`);
  const svg = bothSides([server, client], { language: "en" });
  assert(/5 bytes.*\| 6 bytes.*\| 11 bytes/.test(labels(svg)), labels(svg));
});

Deno.test("both sides of two connections are refused", () => {
  const client = parseTrace(`0.000 ${CLIENT} 5 bytes\n`);
  const other = parseTrace(
    "0.000 TCP 127.0.0.1:9999 <- 127.0.0.1:51235 5 bytes\n",
  );
  assertThrows(
    () => bothSides([client, other], { language: "en" }),
    RangeError,
  );
});
