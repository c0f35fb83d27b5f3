/**
 * A UDP server that outlives what its clients send, a client that repeats its request
 * until the server answers, and a socket whose receive has a time limit.
 *
 * @module
 */
export {
  NoAnswerError,
  UdpClient,
  type UdpClientOptions,
  UnexpectedAnswerError,
} from "./client.ts";
export { findPeers, type FindPeersOptions, type Peer } from "./peer.ts";
export { type Received, UdpServer, type UdpServerOptions } from "./server.ts";
export { UdpSocket, type UdpSocketOptions } from "./socket.ts";
