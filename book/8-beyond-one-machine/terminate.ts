/**
 * Sends itself SIGTERM, which it does not handle: as an ordinary process, and as the
 * first one of a container (`unshare` makes a namespace of process numbers as a
 * container has it).
 *
 *     deno run --allow-run book/8-beyond-one-machine/terminate.ts
 *     unshare --user --map-root-user --pid --fork deno run --allow-run book/8-beyond-one-machine/terminate.ts
 *
 * With the argument `--handle` it handles the signal. Linux only.
 */
if (Deno.args.includes("--handle")) {
  Deno.addSignalListener("SIGTERM", () => {
    console.log("SIGTERM arrived");
    Deno.exit();
  });
}
setTimeout(() => console.log(`PID ${Deno.pid} still runs`), 500);
Deno.kill(Deno.pid, "SIGTERM");
