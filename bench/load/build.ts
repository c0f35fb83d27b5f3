import { works } from "../../tests/support/mod.ts";
import { type Rival, rivals } from "../rivals.ts";
import { run } from "./run.ts";

/**
 * Compiles the load generator and the rivals that need it.
 *
 * @param built The folder for the programs.
 * @returns The rivals that can be measured here, and the names of the others.
 */
export async function build(
  built: string,
): Promise<{ here: Rival[]; missing: string[] }> {
  const compile = (name: string, source: string, ...libraries: string[]) =>
    run(["gcc", "-O2", "-o", `${built}/${name}`, source, ...libraries]);
  await compile("load", "bench/load/load.c", "-lm");
  await compile("tcp_epoll", "bench/peers/tcp_epoll.c");
  await compile("udp_loop", "bench/peers/udp_loop.c");
  if (works("go", "version")) {
    const source = "bench/peers/tcp_go/main.go";
    await run(["go", "build", "-o", `${built}/tcp_go`, source]);
  }
  const all = rivals(built);
  const here = all.filter(({ needs }) => works(...needs));
  const missing = all.filter((rival) => !here.includes(rival));
  return { here, missing: missing.map(({ name }) => name) };
}
