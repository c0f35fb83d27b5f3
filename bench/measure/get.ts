import { freePort, works } from "../../tests/support/mod.ts";
import { run, start } from "../load/run.ts";
import type { Setting } from "../setting.ts";

/** The clients, in the order of the table. */
export const CURL = "curl";
/** This project's. */
export const GET = "tcp_client.ts --get";

/** Why a large page cannot be fetched here; `null` if it can. */
export function noGet(): string | null {
  return works("nginx", "-v") && works("curl", "--version")
    ? null
    : "nginx and curl, for --get";
}

/** Runs a command; prints its seconds, and its peak memory in KiB. */
const WATCH = `
import resource, subprocess, sys, time
start = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.monotonic() - start, used.ru_maxrss)
`;

/** A large page from nginx on this machine, over and over. */
export async function measureGet(
  { built, figures, rounds, page }: Setting,
): Promise<void> {
  const port = freePort();
  await Deno.writeTextFile(`${built}/page`, "");
  await Deno.truncate(`${built}/page`, page);
  await Deno.writeTextFile(
    `${built}/nginx.conf`,
    `daemon off; pid ${built}/nginx.pid; error_log ${built}/nginx.log;
user root; events {}
http { access_log off; server { listen 127.0.0.1:${port}; root ${built}; } }`,
  );
  await using _nginx = start(["nginx", "-c", `${built}/nginx.conf`]);
  const url = `http://127.0.0.1:${port}/page`;
  const curl = ["curl", "-sf", "-o", "/dev/null"];
  // It listens from the first answer on.
  await run([...curl, "--retry-connrefused", "--retry", "5", "-I", url]);
  const deno = [Deno.execPath(), "run", "--allow-net=127.0.0.1"];
  for (let i = 0; i < rounds; i++) {
    for (
      const [name, command] of [
        [CURL, [...curl, url]],
        [GET, [...deno, "tcp_client.ts", "--get", url]],
      ] as const
    ) {
      const used = await run(["python3", "-c", WATCH, ...command]);
      const [seconds, peak] = used.split(" ");
      figures.add(name, "MB/s", page / 1e6 / Number(seconds));
      figures.add(name, "peak MiB", Number(peak) / 1_024);
    }
  }
}
