import { load } from "./load.ts";
import { serve } from "./run.ts";
import { withWorkers } from "./rivals.ts";
import type { Setting } from "./setting.ts";

/** How many workers are compared. */
export const WORKERS = [1, 2];

/** One round of the TCP server with several threads; nothing is pinned. */
export async function measureWorkers(setting: Setting): Promise<void> {
  for (const count of WORKERS) {
    const rival = withWorkers(count);
    await using server = await serve(rival.command);
    for (const n of setting.connections) {
      const command = ["tcp", String(n), String(setting.seconds)];
      await load(setting, rival, null, String(n), server.port, command);
    }
  }
}
