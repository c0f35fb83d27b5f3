import { deadline } from "@std/async/deadline";
import { type Address, sameAddress } from "../net/address.ts";
import type { DatagramSocket } from "../net/sockets.ts";

/** Larger than any datagram: one that does not fit would be cut off silently. */
const LARGEST = 65_535;

/** Thrown when nobody has answered, however often the server was asked. */
export class NoAnswerError extends Error {
  /** The name that a printed error begins with. */
  override name = "NoAnswerError";

  /** How often the server was asked. */
  readonly tries: number;

  /**
   * Makes the error.
   *
   * @param tries How often the server was asked.
   * @param timeout How long each answer was waited for, in milliseconds.
   */
  constructor(tries: number, timeout: number) {
    const seconds = timeout / 1_000;
    super(
      tries === 1
        ? `No answer to one try of ${seconds} s`
        : `No answer to ${tries} tries of ${seconds} s each`,
    );
    this.tries = tries;
  }
}

/** How {@linkcode udpRequest} asks. */
export interface UdpRequestOptions {
  /** How long to wait for an answer to each try, in milliseconds. */
  timeout: number;
  /** How often to ask again when none comes. */
  retries: number;
  /**
   * Whether a datagram of the server answers this request, and is not a late or
   * doubled answer to an earlier one.
   *
   * @default {undefined} Any datagram of the server does.
   */
  isAnswer?: (datagram: Uint8Array) => boolean;
  /** Endpoints the wait. */
  signal?: AbortSignal;
}

/**
 * Asks a server over UDP, again and again until it answers.
 *
 * A datagram can get lost either way, and nobody is told. Nor does UDP say whose
 * answer comes, or to what: anybody may send to this socket, so the sender must be
 * the server, and `isAnswer` tells the answer from those to earlier requests.
 *
 * The same receive waits through all tries. A receive that is given up at each
 * time-out would go on all the same, and swallow the answer to the next try.
 *
 * @throws {NoAnswerError} If no answer comes. A receive still waits then, as it
 * does after any other error: close the socket.
 * @throws {unknown} The reason of the signal, if that is aborted; what `isAnswer`
 * throws.
 * @param socket A socket on which nothing is being received. After an answer it
 * may be used for the next request.
 * @param server The server's IP address and port.
 * @param request What to send, as one datagram.
 * @param options How long, how often, and what counts.
 * @returns The answer.
 *
 * @example
 * ```ts
 * import { udpRequest } from "./client.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const open = () =>
 *   Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
 * const server = open();
 * server.receive().then(async ([datagram, sender]) => {
 *   await server.send(datagram, sender);
 * });
 * const socket = open();
 * const request = new TextEncoder().encode("Sarah");
 * const options = { timeout: 1_000, retries: 3 };
 * const { hostname, port } = server.addr as Deno.NetAddr;
 * const answer = await udpRequest(socket, { hostname, port }, request, options);
 * assertEquals(answer, request);
 * socket.close();
 * server.close();
 * ```
 */
export async function udpRequest(
  socket: DatagramSocket,
  server: Address,
  request: Uint8Array,
  options: UdpRequestOptions,
): Promise<Uint8Array> {
  const { timeout, retries, isAnswer = () => true, signal } = options;
  signal?.throwIfAborted();
  // Settled, never rejected: whoever closes the socket after a failure ends the
  // receive, and nobody looks at that error any more. It also keeps a TimeoutError
  // that `isAnswer` throws apart from the deadline's own.
  const outcome = Promise.allSettled([receiveFrom(socket, server, isAnswer)]);
  for (let tries = 0; tries <= retries; tries++) {
    await socket.send(request, { transport: "udp", ...server });
    const settled = await inTime(outcome, timeout, signal);
    if (settled === undefined) continue;
    const [answer] = settled;
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }
  throw new NoAnswerError(retries + 1, timeout);
}

/** What `p` resolves to; `undefined` if that takes too long. */
async function inTime<T>(
  p: Promise<T>,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    return await deadline(p, timeout, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    if (!isTimeout(error)) throw error;
    return undefined;
  }
}

async function receiveFrom(
  socket: DatagramSocket,
  server: Address,
  isAnswer: (datagram: Uint8Array) => boolean,
): Promise<Uint8Array> {
  const buffer = new Uint8Array(LARGEST);
  for (;;) {
    const received = await receive(socket, buffer);
    if (received === undefined) continue;
    const [datagram, sender] = received;
    if (!sameAddress(sender as Deno.NetAddr, server)) continue;
    if (isAnswer(datagram)) return datagram;
  }
}

/** The next datagram; `undefined` if the system reports that nobody was there. */
async function receive(socket: DatagramSocket, buffer: Uint8Array) {
  try {
    return await socket.receive(buffer);
  } catch (error) {
    // Windows reports here that nobody was there for an earlier try; the
    // server may come in time for the next one.
    if (isNobody(error)) return undefined;
    throw error;
  }
}

function isNobody(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionRefused;
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
