import type { Rival } from "../rivals.ts";
import { type Cores, onCores, run } from "./run.ts";
import type { Setting } from "../setting.ts";

/**
 * Runs the load generator once, and records each of its figures.
 *
 * @param cores Where it runs.
 * @param label The first words of the figures' names.
 * @param port Where the server listens.
 * @param command Its command and numbers: see load.c.
 */
export async function load(
  { built, figures }: Setting,
  { name }: Rival,
  cores: Cores,
  label: string,
  port: number,
  [mode = "", ...rest]: string[],
): Promise<void> {
  const command = [`${built}/load`, mode, "127.0.0.1", String(port), ...rest];
  const result: Record<string, number> = JSON.parse(
    await run(onCores(cores, command)),
  );
  for (const [figure, value] of Object.entries(result)) {
    figures.add(name, `${label} ${figure}`, value);
  }
}
