/**
 * Starts several servers on one port, and starts one again that ends by itself. Ctrl-C
 * or SIGTERM ends them all. Linux only.
 *
 *     deno run --allow-run=deno book/8-beyond-one-machine/answers/supervisor.ts 9999 2
 *
 * The numbers are the port and how many servers there are. Answer to an exercise of
 * chapter 8.
 */
const SERVER = new URL("../../../tcp_server.ts", import.meta.url).href;
const [port = "9999", count = "2"] = Deno.args;
const stopping = new AbortController();
const { signal } = stopping;

/** Keeps one server running, until the program is told to stop. */
async function supervise(number: number): Promise<void> {
  const allow = `--allow-net=127.0.0.1:${port}`;
  const options = ["--reuse-port", `--port=${port}`];
  for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, 5_000)) {
    const started = performance.now();
    const server = new Deno.Command("deno", {
      args: ["run", allow, SERVER, ...options],
    }).spawn();
    const stop = () => server.kill("SIGTERM");
    signal.addEventListener("abort", stop);
    const { code } = await server.status;
    signal.removeEventListener("abort", stop);
    if (signal.aborted) break;
    console.error(`Server ${number} ended with status ${code}`);
    // Back-off: a server that cannot start must not be started without a pause.
    if (performance.now() - started > 10_000) pause = 100;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, pause);
      signal.addEventListener("abort", () => resolve());
    });
  }
}

for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => stopping.abort());
}
await Promise.all(
  Array.from({ length: Number(count) }, (_, i) => supervise(i)),
);
Deno.exit();
