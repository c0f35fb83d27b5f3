/** What the tests of the book take from the project's helpers for tests. */
export {
  hasOpenssl,
  makeCertificate,
  needsOpenssl,
} from "../../tests/support/tls.ts";
export { bounded, connect } from "../../tests/support/connection.ts";
export * from "../../tests/support/example.ts";
export { TransferFolder } from "../../tests/support/file_transfer.ts";
export { hasIPv6 } from "../../tests/support/ipv6.ts";
export * from "../../tests/support/mod.ts";
export {
  connectAndReset,
  ends,
  isGreeted,
  visit,
} from "../../tests/support/tcp_peers.ts";
export { python } from "../../tests/support/python.ts";
export { startServer, stop } from "../../tests/support/scripts.ts";
export { encode } from "../../tests/support/bytes.ts";
