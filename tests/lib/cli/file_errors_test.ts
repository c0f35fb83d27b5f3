import { assertEquals, assertInstanceOf } from "@std/assert";
import { CommandError } from "../../../lib/cli/errors.ts";
import { explainFileError } from "../../../lib/cli/atomic_file.ts";

const withCode = (message: string) =>
  Object.assign(new Error(message), { code: "EIO" });

const WORDED: [error: Error, message: string][] = [
  [
    new Deno.errors.NotFound("No such file or directory (os error 2)"),
    'Cannot write "a": its directory is not there; make it first',
  ],
  [
    new Deno.errors.NotADirectory("Not a directory (os error 20)"),
    'Cannot write "a": part of its path is a file, not a directory',
  ],
  [
    new Deno.errors.NotCapable('Requires write access to "a"'),
    'Cannot write "a": Deno may not; grant --allow-read=a,a.part --allow-write=a,a.part',
  ],
  [
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    'Cannot write "a": the file or its directory is not yours to write; take another path',
  ],
  [
    withCode("Input/output error\x1b[2J"),
    'Cannot write "a": Input/output error\\x1b[2J',
  ],
];

for (const [error, message] of WORDED) {
  Deno.test(`explainFileError words ${error.name}: ${message}`, () => {
    const failure = explainFileError(error, "a");
    assertInstanceOf(failure, CommandError);
    assertEquals(failure.message, message);
    assertEquals(failure.cause, error);
  });
}

Deno.test("explainFileError leaves alone what is no error of the file system", () => {
  for (
    const error of [
      new CommandError("Cannot replace it"),
      new TypeError("undefined is not a function"),
    ]
  ) {
    assertEquals(explainFileError(error, "a") === error, true);
  }
});
