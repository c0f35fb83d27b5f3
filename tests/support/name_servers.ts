/** Name servers from elsewhere, on this machine, with a zone of the tests. */

import { freePort } from "./free_port.ts";
import { Process, works } from "./process.ts";

/** The zone of each server, as `dig` prints it. */
export const ZONE = [
  "sockets.test. 300 IN A 192.0.2.1",
  "sockets.test. 300 IN AAAA 2001:db8::1",
  "sockets.test. 300 IN MX 10 mail.sockets.test.",
  'sockets.test. 300 IN TXT "a \\"quoted\\" text" "and another one"',
  "www.sockets.test. 300 IN CNAME sockets.test.",
  "1.2.0.192.in-addr.arpa. 300 IN PTR sockets.test.",
  ...["1", "2", "3"].map((text) =>
    `long.sockets.test. 300 IN TXT "${text.repeat(250)}"`
  ),
];

/** A name server that can be started. */
export interface NameServer {
  /** The program. */
  name: string;
  /** Whether it is installed. */
  isThere: boolean;
  /** Its answer for www.sockets.test, which is another name of sockets.test. */
  alias: string[];
  /** Starts it on a free port; it ends with the block. */
  start(): Promise<AsyncDisposable & { port: number }>;
}

const dnsmasq: NameServer = {
  name: "dnsmasq",
  isThere: works("dnsmasq", "--version"),
  alias: [
    "www.sockets.test. 300 IN CNAME sockets.test.",
    "sockets.test. 300 IN A 192.0.2.1",
  ],
  start: () =>
    start((port) => [
      "dnsmasq",
      "--keep-in-foreground",
      "--log-facility=-",
      "--conf-file=/dev/null",
      "--pid-file=",
      "--no-resolv",
      "--no-hosts",
      "--user=",
      "--listen-address=127.0.0.1",
      "--bind-interfaces",
      `--port=${port}`,
      "--local=/test/",
      "--local=/in-addr.arpa/",
      "--local-ttl=300",
      "--host-record=sockets.test,192.0.2.1,2001:db8::1",
      "--mx-host=sockets.test,mail.sockets.test,10",
      '--txt-record=sockets.test,a "quoted" text,and another one',
      "--cname=www.sockets.test,sockets.test",
      ...["1", "2", "3"].map((text) =>
        `--txt-record=long.sockets.test,${text.repeat(250)}`
      ),
    ], /started, version/),
};

const unbound: NameServer = {
  name: "unbound",
  isThere: works("unbound", "-V"),
  alias: ["www.sockets.test. 300 IN CNAME sockets.test."],
  async start() {
    const file = await Deno.makeTempFile({ suffix: ".conf" });
    try {
      return await start(async (port) => {
        await Deno.writeTextFile(file, configuration(port));
        return ["unbound", "-dd", "-c", file];
      }, /start of service/);
    } finally {
      await Deno.remove(file);
    }
  },
};

function configuration(port: number): string {
  const local = ZONE.map((record) => `local-data: '${record}'`);
  return [
    "server:",
    "interface: 127.0.0.1",
    `port: ${port}`,
    "num-threads: 1",
    "use-syslog: no",
    "verbosity: 1",
    'chroot: ""',
    'username: ""',
    'pidfile: ""',
    "do-daemonize: no",
    "module-config: iterator",
    "local-zone: sockets.test. static",
    "local-zone: 2.0.192.in-addr.arpa. static",
    ...local,
    "remote-control:",
    "control-enable: no",
    "",
  ].join("\n");
}

/** The name servers that the tests know. */
export const nameServers: NameServer[] = [dnsmasq, unbound];

/** Starts a server that takes no port 0; another program may take the free one. */
async function start(
  command: (port: number) => string[] | Promise<string[]>,
  started: RegExp,
): Promise<AsyncDisposable & { port: number }> {
  for (let tries = 1;; tries++) {
    const port = freePort();
    const [program = "", ...args] = await command(port);
    const process = Process.start(program, args);
    try {
      await process.errorLine(started);
      return {
        port,
        [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
      };
    } catch (error) {
      await process[Symbol.asyncDispose]();
      if (tries === 3) throw error;
    }
  }
}
