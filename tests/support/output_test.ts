import { assertEquals } from "@std/assert";
import { Output } from "./output.ts";

const LIMIT = 30_000;

function open(onLine?: (line: string) => void) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    {},
    undefined,
    { highWaterMark: Infinity },
  );
  const writer = writable.getWriter();
  return {
    output: new Output(readable, onLine),
    send: (...piece: number[]) => writer.write(new Uint8Array(piece)),
    print: (text: string) => writer.write(new TextEncoder().encode(text)),
    end: () => writer.close(),
  };
}

Deno.test("a line that came in pieces is one line, characters too", async () => {
  const { output, send, print, end } = open();
  const line = output.next(/!/, LIMIT);
  for (const byte of new TextEncoder().encode("小明!\r")) await send(byte);
  await print("\n");
  assertEquals(await line, "小明!");
  await end();
});

Deno.test("a line without an end is one once the stream has ended", async () => {
  const { output, send, print, end } = open();
  const line = output.next(/./, LIMIT);
  await print("one");
  await send(0xe5);
  await end();
  assertEquals(await line, "one\ufffd");
  assertEquals(await output.next(/./, LIMIT), undefined);
});

Deno.test("an empty line is a line, and an end after a line end is not", async () => {
  const { output, print, end } = open();
  await print("\n\n");
  await end();
  assertEquals(await output.next("", LIMIT), "");
  assertEquals(await output.next("", LIMIT), "");
  assertEquals(await output.next("", LIMIT), undefined);
});

Deno.test("a wait whose limit has passed takes no line from another", async () => {
  const { output, print, end } = open();
  const line = output.next(/./, LIMIT);
  assertEquals(await output.next("two", 1), undefined);
  assertEquals(output.hasEnded, false);
  await print("one\ntwo\n");
  assertEquals(await line, "one");
  assertEquals(await output.next("two", LIMIT), "two");
  await end();
});

Deno.test("the earlier of two waits finds the earlier line", async () => {
  const { output, print, end } = open();
  const lines = [
    output.next(/a/, LIMIT),
    output.next(/b/, LIMIT),
    output.next(/a/, LIMIT),
  ];
  await print("b1\na2\nb3\n");
  await end();
  assertEquals(await Promise.all(lines), ["a2", "b3", undefined]);
});

Deno.test("onLine has each line once it is complete, the last without an end", async () => {
  const lines: string[] = [];
  const { output, print, end } = open((line) => lines.push(line));
  await print("one\ntw");
  await output.next("one", LIMIT);
  assertEquals(lines, ["one"]);
  await print("o\r\nthree");
  await end();
  await output.ended;
  assertEquals(lines, ["one", "two", "three"]);
});

Deno.test("close ends the waits and keeps what had come", async () => {
  const { output, print } = open();
  const line = output.next("two", LIMIT);
  await print("one\ntw");
  await output.close();
  assertEquals(await line, undefined);
  assertEquals(output.hasEnded, true);
  assertEquals(output.text(), "one\ntw");
});
