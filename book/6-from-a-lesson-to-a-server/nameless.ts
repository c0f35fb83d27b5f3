/**
 * An error that says neither host nor port.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/nameless.ts
 *
 * While nothing listens on port 9999 you see Deno's message.
 */
try {
  await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
} catch (error) {
  console.log((error as Error).message.replace(/ \(os error \d+\)/, ""));
}
