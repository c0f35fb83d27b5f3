import { assertEquals, assertInstanceOf } from "@std/assert";
import { CommandError } from "../../../lib/cli/errors.ts";
import { explainFileError } from "../../../lib/cli/atomic_file.ts";

const withCode = (message: string, code: string) =>
  Object.assign(new Error(message), { code });

const WORDED: [error: Error, message: string][] = [
  [
    new Deno.errors.NotFound("No such file or directory (os error 2)"),
    'Cannot write "a": its directory does not exist; create it first',
  ],
  [
    new Deno.errors.NotADirectory("Not a directory (os error 20)"),
    'Cannot write "a": part of its path is a file, not a directory',
  ],
  [
    new Deno.errors.NotCapable('Requires write access to "a"'),
    'Cannot write "a": the permission is missing; grant --allow-read=a,a.part --allow-write=a,a.part',
  ],
  [
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    'Cannot write "a": the system does not let you write the file or its directory; choose another path',
  ],
  [
    withCode("Too many links\x1b[2J (os error 31)", "EMLINK"),
    'Cannot write "a": Too many links\\x1b[2J',
  ],
  [
    withCode("Input/output error (os error 5)", "EIO"),
    'Cannot write "a": the device has failed (input/output error)',
  ],
  [
    withCode("Read-only file system (os error 30)", "EROFS"),
    'Cannot write "a": the file system is read-only',
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

const missing = (message: string, path: string) =>
  explainFileError(new Deno.errors.NotCapable(message), path).message;

Deno.test("explainFileError advises permissions that a shell takes as they are", () => {
  const ordinary = "Requires write access";
  assertEquals(
    missing(ordinary, "my page's.html"),
    `Cannot write "my page's.html": the permission is missing; grant ` +
      `--allow-read='my page'\\''s.html','my page'\\''s.html.part' ` +
      `--allow-write='my page'\\''s.html','my page'\\''s.html.part'`,
  );
  // Deno's lists have no way to write a comma.
  assertEquals(
    missing(ordinary, "a,b"),
    'Cannot write "a,b": the permission is missing; grant --allow-read --allow-write',
  );
  assertEquals(
    missing(ordinary, "a\x1b[2J"),
    'Cannot write "a\\x1b[2J": the permission is missing; grant ' +
      "--allow-read='a\\x1b[2J','a\\x1b[2J.part' --allow-write='a\\x1b[2J','a\\x1b[2J.part'",
  );
});

Deno.test("explainFileError advises all permissions where Deno wants no less", () => {
  assertEquals(
    missing(
      'Requires all access to "/dev/shm/x", run again with the --allow-all flag',
      "/dev/shm/x",
    ),
    'Cannot write "/dev/shm/x": the permission is missing; grant --allow-all',
  );
});
