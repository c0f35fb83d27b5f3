import { assertEquals } from "@std/assert";
import { HttpError } from "../../../lib/http/response.ts";

Deno.test("an HttpError quotes what came, on one line and safe on a terminal", () => {
  assertEquals(
    new HttpError("Bad", "a\x1b]0;x\x07\r\n").message,
    'Bad: "a\\x1b]0;x\\x07\\x0d\\x0a"',
  );
  assertEquals(new HttpError("Bad", "").message, 'Bad: ""');
});

Deno.test("an HttpError without a value is its problem alone", () => {
  assertEquals(new HttpError("Bad").message, "Bad");
  assertEquals(String(new HttpError("Bad")), "HttpError: Bad");
});
