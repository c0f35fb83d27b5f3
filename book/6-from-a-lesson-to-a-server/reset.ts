/**
 * A client resets its connection before the server has accepted it.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/reset.ts
 *
 * You see that accept fails, and that the loop accepts the next client.
 */
import { connect } from "node:net"; // Deno's own connections cannot send a reset.

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { port } = listener.addr;
const rude = connect(port, "127.0.0.1");
rude.on("connect", () => rude.resetAndDestroy());
await new Promise((resolve) => rude.on("close", resolve));
const polite = await Deno.connect({ port });

for (let isAccepted = false; !isAccepted;) {
  try {
    const conn = await listener.accept();
    console.log("accepted:", conn.remoteAddr.hostname);
    isAccepted = true;
  } catch (error) {
    console.log("accept:", (error as Error).name);
  }
}
polite.close();
