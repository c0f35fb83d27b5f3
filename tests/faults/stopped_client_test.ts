/** TCP clients that are stopped, by Ctrl-Z for example, for longer than their time-out. */

import { assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { greeting, WELCOME } from "../../lib/greeting.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { accept } from "../support/connection.ts";
import { counted, fault, size, type Tally } from "../support/fault.ts";
import { readToEnd } from "../support/pair.ts";
import type { Process } from "../support/process.ts";
import { deno } from "../support/scripts.ts";
import { binary, encode, hello, WELCOME_TEXT } from "../support/wire.ts";

const skip = Deno.build.os === "windows" && "no SIGSTOP";
const TIMES = size(2, 20);

/** The clients' time-out, in milliseconds. */
const TIMEOUT = 300;

/** Stops a client, has it answered, and lets it go on once its time-out has passed. */
async function answerStopped(
  client: Process,
  answer: () => Promise<unknown>,
): Promise<void> {
  client.kill("SIGSTOP");
  await answer();
  await delay(2 * TIMEOUT);
  client.kill("SIGCONT");
}

async function often(
  tally: Tally,
  test: () => Promise<void>,
): Promise<void> {
  for (let i = 0; i < TIMES; i++) await counted(tally, test);
}

function listen() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { listener, port: listener.addr.port };
}

for (const stop of ["welcome", "greeting"] as const) {
  fault({
    target: "tcp_client.ts",
    fault: `a stop for longer than its time-out before the ${stop}`,
    skip,
    fn: (tally) =>
      often(tally, async () => {
        const { listener, port } = listen();
        using _closing = listener;
        await using client = deno("tcp_client.ts", [
          ...[`--port=${port}`, `--timeout=${TIMEOUT / 1_000}`, "Sarah"],
        ]);
        using conn = await accept(listener);
        if (stop === "welcome") {
          await answerStopped(client, () => writeAll(conn, WELCOME));
        } else await writeAll(conn, WELCOME);
        await conn.read(new Uint8Array(10));
        const answer = () => writeAll(conn, greeting(encode("Sarah")));
        if (stop === "greeting") await answerStopped(client, answer);
        else await answer();
        const { code, stdout, stderr } = await client.ended();
        assertEquals({ code, stdout, stderr }, {
          code: 0,
          stdout: `${WELCOME_TEXT}\n${hello("Sarah")}\n`,
          stderr: "",
        });
      }),
  });
}

for (const [part, sent] of [["page", 0], ["rest of the page", 60]] as const) {
  fault({
    target: "tcp_client.ts",
    fault: `--get: a stop for longer than its time-out before the ${part}`,
    skip,
    fn: (tally) =>
      often(tally, async () => {
        const { listener, port } = listen();
        using _closing = listener;
        await using client = deno("tcp_client.ts", [
          ...["--get", `http://127.0.0.1:${port}/`],
          `--timeout=${TIMEOUT / 1_000}`,
        ]);
        using conn = await accept(listener);
        await conn.read(new Uint8Array(1_000));
        const body = "a".repeat(100_000);
        const header = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n`;
        const page = binary(`${header}\r\n${body}`);
        await writeAll(conn, page.subarray(0, sent));
        await answerStopped(client, () => writeAll(conn, page.subarray(sent)));
        const { code, stdout, stderr } = await client.ended();
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        assertEquals(stdout, `${header}\n${body}`.replaceAll("\r", ""));
        await readToEnd(conn);
      }),
  });
}
