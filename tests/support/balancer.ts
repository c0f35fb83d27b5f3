/** Load balancers in front of servers, with the configurations of `examples/`. */

import { freePort } from "./free_port.ts";
import { Process, works } from "./process.ts";
import { ROOT } from "./scripts.ts";
import { portOf } from "./linux_proc.ts";
import { noLinux, type Reason } from "./skip.ts";

/** A program that spreads connections over servers. */
export type Program = "haproxy" | "nginx";

/** How a balancer speaks to its servers. */
export interface BalancerOptions {
  /** The version of the PROXY protocol header that it sends; 0: none. nginx: 1. */
  header?: 0 | 1 | 2;
  /** Whether HAProxy checks that a server welcomes it, fifty times a second. */
  checks?: boolean;
  /** The most connections of HAProxy to each server. */
  maxConnections?: number;
  /** What it forwards: UDP is for nginx alone. */
  transport?: "tcp" | "udp";
}

/** A running balancer, which ends with the block. */
export interface Balancer extends AsyncDisposable {
  process: Process;
  /** Where it takes clients. */
  port: number;
  /** Where HAProxy takes commands: the path of a Unix socket. */
  runtime: string;
  /** Changes texts of nginx's configuration, and has them read. */
  reload(changes: Record<string, string>): Promise<void>;
}

/** Why there is no such balancer here; `false` if there is one. */
export function noBalancer(program: Program): Reason {
  if (noLinux) return noLinux;
  const dir = Deno.makeTempDirSync();
  try {
    const { command, args } = configured(program, dir, 8, [9], {});
    const check = program === "haproxy" ? "-c" : "-t";
    return !works(command, check, ...args) && `no ${program}`;
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

/** Starts a balancer in front of the servers on these ports: one, or two. */
export async function startBalancer(
  program: Program,
  servers: number | [number, number],
  options: BalancerOptions = {},
): Promise<Balancer> {
  const dir = await Deno.makeTempDir();
  const port = freePort();
  const { command, args, file, env } = configured(
    program,
    dir,
    port,
    [servers].flat(),
    options,
  );
  const process = Process.start(command, args, { cwd: dir, env });
  const end = async () => {
    await process[Symbol.asyncDispose]();
    await Deno.remove(dir, { recursive: true });
  };
  const reload = async (changes: Record<string, string>) => {
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, replaced(text, changes));
    process.kill("SIGHUP");
  };
  try {
    await portOf(process.pid, options.transport ?? "tcp");
    const runtime = `${dir}/haproxy.sock`;
    return { process, port, runtime, reload, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The command of a balancer, with its configuration written into a directory. */
function configured(
  program: Program,
  dir: string,
  port: number,
  servers: number[],
  options: BalancerOptions,
): {
  command: string;
  args: string[];
  file: string;
  env: Record<string, string>;
} {
  const { header = 0, checks = false, maxConnections = 1_000 } = options;
  const isUdp = options.transport === "udp";
  const [one = 0, two] = servers;
  const isHaproxy = program === "haproxy";
  const nginx = isUdp ? "nginx_udp.conf" : "nginx.conf";
  const name = isHaproxy ? "haproxy.cfg" : nginx;
  const check = checks ? "check inter 20ms" : "";
  const send = ["", "send-proxy", "send-proxy-v2"][header] ?? "";
  const expect = "option tcp-check\ntcp-check expect string Welcome!\n";
  const also = "max_fails=1 fail_timeout=10s;";
  const file = `${dir}/${name}`;
  const text = Deno.readTextFileSync(new URL(`examples/deploy/${name}`, ROOT));
  const changes: Record<string, string> = isHaproxy
    ? {
      "balance leastconn": `${checks ? expect : ""}balance leastconn`,
      "check inter 1s send-proxy-v2": `${check} ${send}`,
      ...two === undefined && { 'server two "127.0.0.1:${TWO-9997}"': "" },
    }
    : {
      "listen 127.0.0.1:9999": `listen 127.0.0.1:${port}`,
      "server 127.0.0.1:9998": `server 127.0.0.1:${one}`,
      [`server 127.0.0.1:9997 ${also}`]: two === undefined
        ? ""
        : `server 127.0.0.1:${two} ${also}`,
      ...!isUdp && header === 0 &&
        { "proxy_protocol on": "proxy_protocol off" },
    };
  Deno.writeTextFileSync(file, replaced(text, changes));
  const variables = { PORT: port, ONE: one, TWO: two, MAXCONN: maxConnections };
  const env = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, `${value}`]),
  );
  return isHaproxy
    ? { command: "haproxy", args: ["-db", "-f", file], file, env }
    : {
      ...{ command: "nginx", file, env },
      args: ["-p", dir, "-e", "stderr", "-c", file],
    };
}

/** Replaces texts, each of which must be there. */
function replaced(text: string, by: Record<string, string>): string {
  for (const [from, to] of Object.entries(by)) {
    if (!text.includes(from)) throw new Error(`No "${from}" to replace`);
    text = text.replace(from, to);
  }
  return text;
}
