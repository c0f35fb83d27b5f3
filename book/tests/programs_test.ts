import { assert, assertEquals } from "@std/assert";
import { bookPrograms, ROOT } from "./support.ts";

/** The most lines of an experiment: it is read as a whole. A listing of the tutorial is as long as there. */
const LONGEST = 30;
const IS_SHORT = /^book\/[0-6]-[^/]+\/(?!tutorial_)[^/]+$/;

const programs = bookPrograms();

for (const path of programs) {
  Deno.test(`${path} says how to run it, and with which permissions`, async () => {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const lines = text.trimEnd().split("\n");
    if (IS_SHORT.test(path)) {
      assert(lines.length <= LONGEST, `${lines.length} lines`);
    }
    const command = lines.find((line) => line.includes(path)) ?? "";
    const runs = /^(?: \*)? {4,5}(?:deno run|python3) /;
    assert(runs.test(command), `No line that runs it: ${command}`);
    if (!path.endsWith(".ts")) return;
    // No permission is without a list, but the one to send itself a signal, and those
    // of servers that must keep to their folder by themselves.
    const words = command.split(/[ "]+/);
    const all = words.filter((word) => /^--allow-[a-z]+$/.test(word));
    const may = /\/folder(?:_plain)?\.ts$/.test(path)
      ? "--allow-read"
      : "--allow-run";
    assertEquals(all.filter((word) => word !== may), []);
    // What it imports may use the network too.
    if (/ from "/.test(text)) return;
    const usesNetwork = /Deno\.(?:listen|connect)|= Deno;/.test(text);
    const mayUseIt = words.some((word) => word.startsWith("--allow-net="));
    assertEquals(mayUseIt, usesNetwork);
  });
}

Deno.test("the book has programs", () => assert(programs.length > 100));
