/**
 * Answer: prints for each port whether a server listens there.
 *
 *     deno run --allow-net=127.0.0.1 book/1-tcp-client/answers/open_ports.ts 80 9999
 *
 * You see "open" where a connection is made, and "closed" where it is refused.
 */
for (const arg of Deno.args) {
  const port = Number(arg);
  try {
    using _ = await Deno.connect({ hostname: "127.0.0.1", port });
    console.log(`${port} open`);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    console.log(`${port} closed`);
  }
}
