import { load } from "../load/load.ts";
import type { Rival } from "../rivals.ts";
import { onCores, serve } from "../load/run.ts";
import type { Setting } from "../setting.ts";

/** One round of datagrams, 128 of them in flight. */
export async function measureUdp(
  setting: Setting,
  rival: Rival,
): Promise<void> {
  await using server = await serve(onCores("0", rival.command));
  const command = ["udp", "128", String(setting.seconds)];
  await load(setting, rival, "0", "udp", server.port, command);
}
