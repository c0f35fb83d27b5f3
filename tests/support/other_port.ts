/** The port that the examples use, as the tutorial does. */
const PORT = 9999;

/**
 * An option of `deno run` with which an example uses another port than 9999.
 *
 * The examples have the port as a number in the code, as the tutorial has it. So
 * that they can be run beside each other, and beside a server of the reader's, this
 * wraps the functions that take a port before the example begins.
 *
 * @param port The other port; for a server 0, which is any that is free.
 * @returns The option.
 */
export function otherPort(port: number): string {
  const program =
    `const { connect, connectTls, listen, listenTls, listenDatagram } = Deno;
const other = (to) => to.port === ${PORT} ? { ...to, port: ${port} } : to;
Deno.connect = (to) => connect(other(to));
Deno.connectTls = (to) => connectTls(other(to));
Deno.listen = (to) => {
  try {
    return listen(other(to));
  } catch (error) {
    Error.captureStackTrace(error, Deno.listen); // as without this function
    throw error;
  }
};
Deno.listenTls = (to) => listenTls(other(to));
if (listenDatagram) Deno.listenDatagram = (to) => {
  const socket = listenDatagram(other(to));
  const { send, receive } = socket;
  let isOther = false;
  socket.send = (data, to) => {
    isOther ||= to.port === ${PORT};
    return send.call(socket, data, other(to));
  };
  // A client that looks at the sender expects the port that it has sent to.
  socket.receive = async (buffer) => {
    const [data, from] = await receive.call(socket, buffer);
    const isServer = isOther && from.port === ${port};
    return [data, isServer ? { ...from, port: ${PORT} } : from];
  };
  return socket;
};`;
  return `--preload=data:text/javascript,${encodeURIComponent(program)}`;
}
