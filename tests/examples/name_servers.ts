/** Name servers from elsewhere, on this machine, with the zone of dns_test.ts. */

import { freePort } from "../support/free_port.ts";
import { Process, works } from "../support/process.ts";

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
  /** Its command line, for a port. */
  command(port: number): string[];
  /** What it prints once it serves. */
  started: RegExp;
}

/** The name servers that the tests know. */
export const nameServers: NameServer[] = [{
  name: "dnsmasq",
  isThere: works("dnsmasq", "--version"),
  command: (port) => [
    ..."--keep-in-foreground --log-facility=- --conf-file=/dev/null --pid-file= --no-resolv --no-hosts --user= --listen-address=127.0.0.1 --bind-interfaces --local=/test/ --local=/in-addr.arpa/ --local-ttl=300"
      .split(" "),
    `--port=${port}`,
    "--host-record=sockets.test,192.0.2.1,2001:db8::1",
    "--mx-host=sockets.test,mail.sockets.test,10",
    '--txt-record=sockets.test,a "quoted" text,and another one',
    "--cname=www.sockets.test,sockets.test",
    ...["1", "2", "3"].map((text) =>
      `--txt-record=long.sockets.test,${text.repeat(250)}`
    ),
  ],
  started: /started, version/,
}];

/** Starts a server, which takes no port 0; another program may take the free one. */
export async function startNameServer(
  { name, command, started }: NameServer,
): Promise<AsyncDisposable & { port: number }> {
  for (let tries = 1;; tries++) {
    const port = freePort();
    const process = Process.start(name, command(port));
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
