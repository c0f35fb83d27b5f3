// Stands in for jsr:@std/assert: the same code, from npm (see README.md).
import * as assertModule from "deno-std/assert/assert.js";
import * as equals from "deno-std/assert/equals.js";
import * as instanceOf from "deno-std/assert/instance_of.js";
import * as match from "deno-std/assert/match.js";
import * as notEquals from "deno-std/assert/not_equals.js";
import * as rejects from "deno-std/assert/rejects.js";
import * as stringIncludes from "deno-std/assert/string_includes.js";
import * as throws from "deno-std/assert/throws.js";

/** The class of an error, concrete or abstract. */
// deno-lint-ignore no-explicit-any -- an error class may take any arguments, as in the original
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Throws unless `expr` is truthy. */
export const assert: (expr: unknown, msg?: string) => asserts expr =
  assertModule.assert;

/** Throws unless both are deeply equal. */
export const assertEquals: <T>(actual: T, expected: T, msg?: string) => void =
  equals.assertEquals;

/** Throws if both are deeply equal. */
export const assertNotEquals: <T>(
  actual: T,
  expected: T,
  msg?: string,
) => void = notEquals.assertNotEquals;

/** Throws unless `actual` is an instance of the class. */
export const assertInstanceOf: <E extends Error>(
  actual: unknown,
  expectedType: ErrorClass<E>,
  msg?: string,
) => asserts actual is E = instanceOf.assertInstanceOf;

/** Throws unless the text matches. */
export const assertMatch: (
  actual: string,
  expected: RegExp,
  msg?: string,
) => void = match.assertMatch;

/** Throws unless `actual` contains `expected`. */
export const assertStringIncludes: (
  actual: string,
  expected: string,
  msg?: string,
) => void = stringIncludes.assertStringIncludes;

/** Throws unless `fn` throws an error of the class whose message contains the text. */
export const assertThrows: <E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
) => E = throws.assertThrows;

/** Throws unless the promise of `fn` rejects with an error of the class whose message contains the text. */
export const assertRejects: <E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
) => Promise<E> = rejects.assertRejects;
