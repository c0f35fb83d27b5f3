/**
 * Bytes that come and go in a stream: reading and writing all of something,
 * and taking a stream apart where its format says.
 *
 * @module
 */
export {
  BufferedReader,
  LimitExceededError,
  UnexpectedEndError,
} from "./buffered_reader.ts";
export {
  equals,
  type Reader,
  readExactly,
  writeAll,
  type Writer,
} from "./streams.ts";
