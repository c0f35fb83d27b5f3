/**
 * Ctrl-C ends a program in the middle of a response (Linux and macOS).
 *
 *     deno run --allow-run book/6-from-a-lesson-to-a-server/interrupt.ts
 *
 * The program sends itself the signal that Ctrl-C sends, for which it needs
 * --allow-run. You see no greeting.
 */
setTimeout(() => console.log("Hello, Michael!"), 200);
Deno.kill(Deno.pid, "SIGINT");
