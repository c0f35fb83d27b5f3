/**
 * Makes a bad network of a good one: loaded before a program, it loses 30 % of the
 * datagrams that the program sends, doubles 20 %, and delays each by up to 20 ms, so
 * that they overtake each other.
 *
 *     deno run --preload=book/12-file-over-udp/lossy.ts "--allow-net=127.0.0.1:0,127.0.0.1:9999" udp_client.ts Michael Tracy Sarah
 *
 * You see the greetings come more slowly. Load it on both sides, and both directions
 * are bad.
 */
const { listenDatagram } = Deno;

function lossy(options: Parameters<typeof listenDatagram>[0]) {
  const socket = listenDatagram(options);
  const { send, close } = socket;
  socket.send = (data, to) => {
    const copy = data.slice(); // The program may use its buffer again.
    const copies = Math.random() < 0.3 ? 0 : Math.random() < 0.2 ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const later = () => send.call(socket, copy, to).catch(() => {});
      setTimeout(later, Math.random() * 20);
    }
    return Promise.resolve(data.length);
  };
  // What is delayed is sent before the socket closes.
  socket.close = () => void setTimeout(() => close.call(socket), 30);
  return socket;
}

Object.assign(Deno, { listenDatagram: lossy });
