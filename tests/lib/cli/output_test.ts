import { assertEquals, assertThrows } from "@std/assert";
import { LineOutput, type TextSink } from "../../../lib/cli/_output.ts";

/** A sink whose calls take so many bytes, or fail, and then take everything. */
function sinkOf(room: (number | Error)[]) {
  const written: number[] = [];
  let calls = 0;
  const sink: TextSink = {
    writeSync(p) {
      calls++;
      const next = room.shift() ?? p.length;
      if (next instanceof Error) throw next;
      written.push(...p.subarray(0, next));
      return Math.min(next, p.length);
    },
  };
  return {
    output: new LineOutput(sink),
    text: () => new TextDecoder().decode(new Uint8Array(written)),
    calls: () => calls,
  };
}

Deno.test("LineOutput writes lines as they are, each with its end", () => {
  const { output, text } = sinkOf([]);
  output.line("Hello, %s %d 小明!");
  output.line("");
  output.line("b");
  assertEquals(text(), "Hello, %s %d 小明!\n\nb\n");
});

Deno.test("LineOutput writes a line whole, however little is taken at once", () => {
  const { output, text } = sinkOf([1, 3, 2]);
  output.line("Hello, 小明!");
  assertEquals(text(), "Hello, 小明!\n");
});

Deno.test("LineOutput waits for room in a pipe that would block", () => {
  const { output, text } = sinkOf([
    2,
    new Deno.errors.WouldBlock("Resource temporarily unavailable"),
    new Deno.errors.WouldBlock("Resource temporarily unavailable"),
  ]);
  output.line("Hello!");
  assertEquals(text(), "Hello!\n");
});

Deno.test("LineOutput without a reader writes nowhere and fails nobody", () => {
  const { output, text, calls } = sinkOf([
    2,
    new Deno.errors.BrokenPipe("Broken pipe"),
  ]);
  output.line("Hello!");
  output.line("Hello!");
  assertEquals(text(), "He");
  assertEquals(calls(), 2);
});

Deno.test("LineOutput hands on an error of the disk", () => {
  const { output } = sinkOf([new Error("No space left on device")]);
  assertThrows(() => output.line("Hello!"), Error, "No space left");
});
