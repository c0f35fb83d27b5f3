/**
 * TCP server, Bun: `Bun.listen`. https://bun.com/docs/runtime/networking/tcp
 *
 *     bun bench/peers/tcp_bun.ts 9999
 *
 * Bun keeps nothing of an answer that does not fit the socket: `write` returns
 * how much it took, and `drain` calls when there is room. Until then the rest
 * waits in the connection's data, and its reading is paused.
 */

/** The part of Bun's types that is used here, for this project has them not. */
type Socket = {
  data: { rest: Uint8Array };
  write(bytes: Uint8Array): number;
  end(): void;
  pause(): void;
  resume(): void;
};
declare const Bun: {
  argv: string[];
  listen(options: {
    hostname: string;
    port: number;
    socket: {
      open(socket: Socket): void;
      data(socket: Socket, data: Uint8Array): void;
      drain(socket: Socket): void;
      error(socket: Socket, error: Error): void;
    };
  }): { port: number };
};

const CHUNK = 1024; // as in the tutorial's `recv(1024)`
const bytes = (text: string) => new TextEncoder().encode(text);
const WELCOME = bytes("Welcome!");
const HELLO = bytes("Hello, ");
const MARK = bytes("!");

function isExit(chunk: Uint8Array): boolean {
  return chunk.length === 4 && new TextDecoder().decode(chunk) === "exit";
}

function send(socket: Socket, answer: Uint8Array): void {
  const before = socket.data.rest;
  const all = new Uint8Array(before.length + answer.length);
  all.set(before);
  all.set(answer, before.length);
  socket.data.rest = all.subarray(Math.max(0, socket.write(all)));
  if (socket.data.rest.length > 0) socket.pause();
}

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: Number(Bun.argv[2] ?? 9999), // 0: any free port
  socket: {
    open(socket) {
      socket.data = { rest: new Uint8Array() };
      send(socket, WELCOME);
    },
    data(socket, data) {
      for (let at = 0; at < data.length; at += CHUNK) {
        const chunk = data.subarray(at, at + CHUNK);
        if (isExit(chunk)) return socket.end();
        const answer = new Uint8Array(HELLO.length + chunk.length + 1);
        answer.set(HELLO);
        answer.set(chunk, HELLO.length);
        answer.set(MARK, HELLO.length + chunk.length);
        send(socket, answer);
      }
    },
    drain(socket) {
      send(socket, new Uint8Array());
      if (socket.data.rest.length === 0) socket.resume();
    },
    error() {}, // This connection's; the others go on.
  },
});
console.log(`Bind TCP on ${server.port}...`);
