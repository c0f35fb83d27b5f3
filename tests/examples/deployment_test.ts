/** What chapter 8 puts around a server: a container, a unit of systemd, a firewall. */

import { assertEquals } from "@std/assert";
import { freePort } from "../support/free_port.ts";
import { noNamespaces } from "../support/namespaces.ts";
import { ends, isGreeted, visit } from "../support/tcp_peers.ts";
import { Process, run, works } from "../support/process.ts";
import { listening, ROOT, stop } from "../support/scripts.ts";
import { childrenOf } from "../support/linux_proc.ts";
import { encode } from "../support/bytes.ts";
import { noLinux, testUnless } from "../support/skip.ts";

const DEPLOY = "examples/deploy/";
const NAME = encode("Sarah");

const read = (name: string) =>
  Deno.readTextFileSync(new URL(`${DEPLOY}${name}`, ROOT));

/** The words of `unshare` for process numbers of its own, as a container has them. */
const CONTAINER = ["--user", "--map-root-user", "--pid", "--fork"];

const noContainer = noLinux ||
  !works("unshare", ...CONTAINER, "true") && "no unshare, or no namespaces";

/** The Dockerfile: what it copies where, and what it starts. */
function dockerfile() {
  const lines = read("Dockerfile").split("\n");
  const copies = lines.filter((line) => line.startsWith("COPY "))
    .flatMap((line) => line.split(" ").slice(1, -1));
  const entry = lines.find((line) => line.startsWith("ENTRYPOINT "));
  const words: string[] = JSON.parse(entry?.slice("ENTRYPOINT ".length) ?? "");
  return { copies, words };
}

testUnless(
  noContainer,
  "the Dockerfile's files and its entry point are a server that SIGTERM ends as PID 1",
  async () => {
    const dir = await Deno.makeTempDir();
    try {
      const { copies, words } = dockerfile();
      await run("cp", ["-r", ...copies, dir], { cwd: ROOT });
      const port = freePort();
      const ours = words.map((word) => word.replace(":9999", `:${port}`));
      assertEquals(ours[0], "deno");
      await using unshare = Process.start("unshare", [
        ...CONTAINER,
        "--kill-child",
        Deno.execPath(),
        ...ours.slice(1),
        `--port=${port}`,
        "--delay=0",
      ], { cwd: dir, env: { NO_COLOR: "1" } });
      await listening(unshare);
      using conn = await visit(port);
      assertEquals(await isGreeted(conn, NAME), true);
      // Its first process, by the number that it has outside.
      const [pid = 0] = childrenOf(unshare.pid);
      Deno.kill(pid, "SIGTERM");
      assertEquals(await ends(conn), true);
      const { code, stderr } = await unshare.ended();
      assertEquals([code, stderr], [0, ""]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
);

const noDocker = !works("docker", "info") && "no docker";

testUnless(
  noDocker,
  "docker builds the image, and docker stop ends it with its answers",
  async () => {
    const tag = `greeting-test-${Deno.pid}`;
    await run(
      "docker",
      [
        "build",
        "--quiet",
        ...["--file", `${DEPLOY}Dockerfile`],
        ...["--tag", tag],
        ".",
      ],
      { cwd: ROOT },
      300_000,
    );
    try {
      const port = freePort();
      await using container = Process.start("docker", [
        ...["run", "--rm", "--name", tag],
        ...["--publish", `127.0.0.1:${port}:9999`],
        tag,
        "--delay=0",
      ]);
      await container.line("Bind TCP on 9999...");
      using conn = await visit(port);
      assertEquals(await isGreeted(conn, NAME), true);
      await run("docker", ["stop", tag]);
      assertEquals(await ends(conn), true);
      assertEquals((await container.ended()).code, 0);
    } finally {
      await run("docker", ["image", "rm", "--force", tag]);
    }
  },
);

const noSystemd = !works("systemd-analyze", "--version") && "no systemd";

testUnless(
  noSystemd,
  "systemd finds no mistake in the unit, and its command is the server's",
  async () => {
    const text = read("greeting.service");
    const dir = await Deno.makeTempDir();
    try {
      // The only thing that is not there: Deno, where the unit expects it.
      const unit = text.replace("/usr/local/bin/deno", "/bin/sh");
      await Deno.writeTextFile(`${dir}/greeting.service`, unit);
      await using verify = Process.start("systemd-analyze", [
        "verify",
        `${dir}/greeting.service`,
      ]);
      const { code, stdout, stderr } = await verify.ended();
      assertEquals([code, stdout, stderr], [0, "", ""]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
    const port = freePort();
    const words = /^ExecStart=(.*)$/m.exec(text)?.[1]?.split(" ").slice(1) ??
      [];
    await using process = Process.start(Deno.execPath(), [
      ...words.map((word) => word.replace(":9999", `:${port}`)),
      `--port=${port}`,
    ], { cwd: ROOT, env: { NO_COLOR: "1" } });
    await stop(await listening(process));
  },
);

testUnless(
  noNamespaces(["--net"], "nft list ruleset && command -v nc ip nsenter"),
  "the firewall's rules let clients reach port 9999, and no other",
  async () => {
    // Two machines and a cable: network namespaces, and a pair of interfaces.
    const script = `
      ip link set lo up
      ip link add veth0 type veth peer name veth1
      ip address add 192.0.2.1/24 dev veth0
      ip link set veth0 up
      unshare --net sleep 20 & client=$!
      own=$(readlink /proc/$$/ns/net)
      while [ "$(readlink /proc/$client/ns/net)" = "$own" ]; do sleep 0.01; done
      ip link set veth1 netns $client
      on_client() { nsenter --net=/proc/$client/ns/net "$@"; }
      on_client ip address add 192.0.2.2/24 dev veth1
      on_client ip link set veth1 up
      nft --file "$1"
      nft --file "$1" # Twice: the rules replace themselves.
      nc -lk 192.0.2.1 9999 & first=$!
      nc -lk 192.0.2.1 9998 & second=$!
      for port in 9999 9998; do
        until nc -z 192.0.2.1 $port; do sleep 0.01; done
        if on_client nc -z -w 1 192.0.2.1 $port; then echo $port open
        else echo $port dropped; fi
      done
      kill $client $first $second`;
    const rules = `${DEPLOY}nftables.conf`;
    const words = ["--net", "sh", "-euc", script, "sh", rules];
    const said = await run("unshare", words, { cwd: ROOT });
    assertEquals(said, "9999 open\n9998 dropped\n");
  },
);
