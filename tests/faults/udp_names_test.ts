/** udp_client.ts and a server's name, with files of /etc of its own. */
import { assert, assertEquals } from "@std/assert";
import { counted, fault } from "../support/fault.ts";
import { hasIPv6 } from "../support/ipv6.ts";
import { noNamespaces } from "../support/namespaces.ts";
import { Process } from "../support/process.ts";
import { ROOT, startServer } from "../support/scripts.ts";
import { assertGreets, CLIENT as target } from "../support/udp_client.ts";

/** Puts the file "$1" in place of "$2", for this process and its own alone. */
const MOUNT = 'mount --bind "$1" "$2" && shift 2';

/** A network of its own, in which what is sent to 192.0.2.99 gets lost. */
const SILENT_NETWORK = [
  "link add name veth0 type veth peer name veth1",
  "address add 192.0.2.1/24 dev veth0",
  "link set veth0 up",
  "link set veth1 up",
  "neighbour add 192.0.2.99 lladdr 02:00:00:00:00:99 dev veth0",
].map((command) => `ip ${command}`).join(" && ");

const noMounts = noNamespaces(["-m"], "mount --bind /etc/hosts /etc/hosts");
const noNetworks = noNamespaces(["-m", "-n"], SILENT_NETWORK);

/** Runs the client with a file of `/etc` replaced, in namespaces of its own. */
async function runWith(
  [file, text]: readonly [file: string, text: string],
  allow: string,
  args: string[],
  network?: string,
) {
  const replacement = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(replacement, text);
    await using client = Process.start("unshare", [
      ...["-m", ...network === undefined ? [] : ["-n"], "sh", "-c"],
      `${network ?? "true"} && ${MOUNT} && exec "$@"`,
      ...["sh", replacement, `/etc/${file}`, Deno.execPath(), "run", "--quiet"],
      ...["--no-prompt", `--allow-net=${allow}`, target, ...args],
    ], { cwd: ROOT, env: { NO_COLOR: "1" } });
    return await client.ended();
  } finally {
    await Deno.remove(replacement);
  }
}

const [V4, V6] = ["127.0.0.1 localhost\n", "::1 localhost\n"];
const LOCALHOST = "--hostname=localhost";

fault({
  target,
  fault: "a name with the addresses of both versions of IP, in either order",
  skip: noMounts || !hasIPv6 && "no IPv6",
  async fn(tally) {
    for (const hostname of ["127.0.0.1", "::1"]) {
      await using server = await startServer("udp_server.ts", ["-H", hostname]);
      const { port } = server;
      const both = [`127.0.0.1:0,127.0.0.1:${port}`, `[::1]:0,[::1]:${port}`];
      const one = both[hostname === "::1" ? 1 : 0];
      // One try: the second one cannot be what helps.
      const args = [LOCALHOST, `-p${port}`, "--retries=0", "--timeout=30"];
      for (const hosts of [V4 + V6, V6 + V4]) {
        // What the README has for the address that serves, and for both.
        for (const allow of [`${one},localhost`, `${both},localhost`]) {
          await counted(tally, async () => {
            const names = ["Michael", "Tracy"];
            const file = ["hosts", hosts] as const;
            const ended = await runWith(file, allow, [...args, ...names]);
            assertGreets(ended, names);
          });
        }
      }
    }
  },
});

fault({
  target,
  fault: "permissions that leave out each address of a name",
  skip: noMounts,
  async fn(tally) {
    // The time-out is that of the lookup, too.
    const args = [LOCALHOST, "-p9", "--timeout=1", "--retries=0"];
    await counted(tally, async () => {
      const file = ["hosts", V6 + V4] as const;
      const denied = await runWith(file, "localhost", args);
      const [, advice = ""] =
        /grant "--allow-net=(\S+)"\n$/.exec(denied.stderr) ?? [];
      // With all that is advised, nothing is missing.
      const { stderr } = await runWith(file, advice, args);
      assert(stderr.includes("No answer to one try of 1 s;"), stderr);
    });
  },
});

for (
  const [words, network] of [
    ["is silent", SILENT_NETWORK],
    ["cannot be reached", "true"],
  ] as const
) {
  fault({
    target,
    fault: `a name server that ${words}`,
    skip: noNetworks,
    async fn(tally) {
      // Without a time-out of its own the client would wait for minutes.
      const silent = "nameserver 192.0.2.99\noptions timeout:30 attempts:5\n";
      const name = "greeter.example";
      const args = [`--hostname=${name}`, "--timeout=0.1", "--retries=1"];
      await counted(tally, async () => {
        const file = ["resolv.conf", silent] as const;
        const ended = await runWith(file, name, args, network);
        const { code, stdout, stderr } = ended;
        assertEquals({ code, stdout, stderr }, {
          code: 1,
          stdout: "",
          stderr: `${target}: Cannot talk to ${name}:9999 over UDP: ` +
            "the name server does not answer; check the network, or give an IP address\n",
        });
      });
    },
  });
}
