/** Load balancers in front of a server, with the configurations of `examples/`. */

import { freePort } from "../../tools/docs/free_port.ts";
import { Process, works } from "./process.ts";
import { ROOT } from "./scripts.ts";
import { portOf } from "./usage.ts";

/** A program that spreads connections over servers. */
export type Program = "haproxy" | "nginx";

/** How a balancer speaks to its server. */
export interface BalancerOptions {
  /** The version of the PROXY protocol header that it sends; 0: none. nginx: 1. */
  header?: 0 | 1 | 2;
  /**
   * How often HAProxy checks whether the server is there, in milliseconds; by default
   * never. It ends a check with a reset, of which the server takes note.
   */
  checkEvery?: number;
}

/** A running balancer, which ends with the block. */
export interface Balancer extends AsyncDisposable {
  /** Where it takes clients. */
  port: number;
}

/** Why there is no such balancer here; `false` if there is one. */
export function noBalancer(program: Program): string | false {
  if (Deno.build.os !== "linux") return "needs Linux";
  const dir = Deno.makeTempDirSync();
  try {
    const [command, args] = words(program, dir, { server: 9, port: 8 });
    const check = program === "haproxy" ? "-c" : "-t";
    return !works(command, check, ...args) && `no ${program}`;
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

/** Starts a balancer in front of the server on this port. */
export async function startBalancer(
  program: Program,
  server: number,
  options: BalancerOptions = {},
): Promise<Balancer> {
  const dir = await Deno.makeTempDir();
  const port = freePort();
  const [command, args] = words(program, dir, { server, port, ...options });
  const process = Process.start(command, args);
  const end = async () => {
    await process[Symbol.asyncDispose]();
    await Deno.remove(dir, { recursive: true });
  };
  try {
    await portOf(process.pid, "tcp");
    return { port, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The command of a balancer, with its configuration written into a directory. */
function words(
  program: Program,
  dir: string,
  { server, port, header = 0, checkEvery }: BalancerOptions & {
    server: number;
    port: number;
  },
): [string, string[]] {
  const name = { haproxy: "haproxy.cfg", nginx: "nginx.conf" }[program];
  const text = Deno.readTextFileSync(
    new URL(`examples/8-beyond/${name}`, ROOT),
  );
  const file = `${dir}/${name}`;
  if (program === "haproxy") {
    const check = checkEvery === undefined
      ? ""
      : ` check inter ${checkEvery}ms`;
    const send = [" ", " send-proxy", " send-proxy-v2"][header] ?? "";
    Deno.writeTextFileSync(
      file,
      replaced(text, {
        '"127.0.0.1:${PORT}"': `127.0.0.1:${port}`,
        '"127.0.0.1:${SERVER_PORT}" check inter 1s send-proxy-v2':
          `127.0.0.1:${server}${check}${send}`,
      }),
    );
    return ["haproxy", ["-db", "-f", file]];
  }
  Deno.writeTextFileSync(
    file,
    replaced(text, {
      "listen 127.0.0.1:8000": `listen 127.0.0.1:${port}`,
      "server 127.0.0.1:9999": `server 127.0.0.1:${server}`,
      "proxy_protocol on": `proxy_protocol ${header === 0 ? "off" : "on"}`,
    }),
  );
  return ["nginx", ["-p", dir, "-e", "stderr", "-c", file]];
}

/** Replaces texts, each of which must be there. */
function replaced(text: string, by: Record<string, string>): string {
  for (const [from, to] of Object.entries(by)) {
    if (!text.includes(from)) throw new Error(`No "${from}" to replace`);
    text = text.replace(from, to);
  }
  return text;
}
