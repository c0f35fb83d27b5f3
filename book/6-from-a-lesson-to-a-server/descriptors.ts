/**
 * No file descriptor is left for the next client (Linux and macOS).
 *
 *     deno run --allow-net=127.0.0.1 --allow-read=/dev/null book/6-from-a-lesson-to-a-server/descriptors.ts
 *
 * Type "ulimit -HSn 64" first: then 64 files are enough. You see that accept fails, and
 * that the loop accepts the client as soon as there is a descriptor.
 */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
await pause(1000); // Deno opens files of its own in its first moments.
const files: Deno.FsFile[] = [];
try {
  while (true) files.push(Deno.openSync("/dev/null"));
} catch {
  setTimeout(() => files.forEach((file) => file.close()), 50);
}

for (let isAccepted = false; !isAccepted;) {
  try {
    (await listener.accept()).close();
    isAccepted = true;
  } catch (error) {
    console.log("accept:", (error as Error).message);
    await pause(100);
  }
}
console.log("accepted:", client.remoteAddr.hostname);
