/**
 * Streams of bytes: reading and writing a known number of them, and reading up to a
 * delimiter.
 *
 * @module
 */
export {
  BufferedReader,
  LimitExceededError,
  UnexpectedEndError,
} from "./buffered_reader.ts";
export {
  concat,
  equals,
  indexOf,
  type Reader,
  readExactly,
  readExpected,
  UnexpectedDataError,
  writeAll,
  type Writer,
} from "./streams.ts";
