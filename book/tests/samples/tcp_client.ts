// A client for docs_test.ts: sends a name and prints the answer.
const { port, isTraced, name } = argsOf(Deno.args);
const conn = await Deno.connect({ hostname: "127.0.0.1", port });
const [local, remote] = [conn.localAddr, conn.remoteAddr]
  .map(({ hostname, port }) => `${hostname}:${port}`);
trace("->", name);
await conn.write(new TextEncoder().encode(name));
const answer = await new Response(conn.readable).text();
trace("<-", answer);
console.log(answer);

function argsOf(args: string[]) {
  const [port] = args.filter((arg) => arg.startsWith("--port="));
  return {
    port: Number(port?.slice("--port=".length)),
    isTraced: args.includes("--trace"),
    name: args.find((arg) => !arg.startsWith("--")) ?? "",
  };
}

/** One event, as the scripts' `--trace` writes it. */
function trace(arrow: "->" | "<-", text: string): void {
  if (!isTraced) return;
  const bytes = new TextEncoder().encode(text);
  const dump = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  console.error(
    `0.000 TCP ${local} ${arrow} ${remote} ${bytes.length} bytes\n` +
      `      ${dump.join(" ")} |${text}|`,
  );
}
