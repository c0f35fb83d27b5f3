/**
 * A UDP server that outlives what its clients send, and a client that repeats its
 * request until the server answers.
 *
 * @module
 */
export {
  NoAnswerError,
  UdpClient,
  type UdpClientOptions,
  UnexpectedAnswerError,
} from "./client.ts";
export { type Received, UdpServer, type UdpServerOptions } from "./server.ts";
