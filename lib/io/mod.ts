/**
 * Streams of bytes: reading and writing a known number of them, and reading lines.
 *
 * @module
 */
export {
  BufferedReader,
  LimitExceededError,
  readLines,
  type ReadLinesOptions,
} from "./buffered_reader.ts";
export {
  concat,
  equals,
  type Reader,
  readExactly,
  readExpected,
  UnexpectedDataError,
  writeAll,
  type Writer,
} from "./streams.ts";
