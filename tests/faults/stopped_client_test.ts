import { assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { greeting, WELCOME } from "../../lib/greeting.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { accept } from "../support/connection.ts";
import { countedOften, fault, size } from "../support/fault.ts";
import { deno } from "../support/scripts.ts";
import { binary, encode, hello, WELCOME_TEXT } from "../support/bytes.ts";
import { noSignals } from "../support/skip.ts";

/** The client's time-out, in milliseconds. */
const TIMEOUT = 300;

const HEADER = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
const BODY = "a".repeat(100_000);
const page = binary(HEADER + BODY);

/** What the server sends: a client is stopped before the part with this number. */
const STOPS: [name: string, parts: Uint8Array[], stop: number][] = [
  ["greeting", [WELCOME, greeting(encode("Sarah"))], 1],
  ["welcome", [WELCOME, greeting(encode("Sarah"))], 0],
  ["page", [page], 0],
  ["rest of the page", [page.subarray(0, 60), page.subarray(60)], 1],
];

for (const [name, parts, stop] of STOPS) {
  const isPage = parts[0] !== WELCOME;
  fault({
    target: "tcp_client.ts",
    fault: `a stop (Ctrl-Z) for longer than its time-out before the ${name}`,
    skip: noSignals,
    fn: (tally) =>
      countedOften(tally, size(1, 20), async () => {
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const { port } = listener.addr;
        await using client = deno("tcp_client.ts", [
          `--timeout=${TIMEOUT / 1_000}`,
          ...isPage
            ? ["--get", `http://127.0.0.1:${port}/`]
            : [`--port=${port}`, "Sarah"],
        ]);
        using conn = await accept(listener);
        const read = () => conn.read(new Uint8Array(1_000));
        if (isPage) await read();
        for (const [i, part] of parts.entries()) {
          if (!isPage && i > 0) await read();
          if (i === stop) client.kill("SIGSTOP");
          await writeAll(conn, part);
          if (i !== stop) continue;
          await delay(2 * TIMEOUT);
          client.kill("SIGCONT");
        }
        const { code, stdout, stderr } = await client.ended();
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        const talk = `${WELCOME_TEXT}\n${hello("Sarah")}\n`;
        const whole = HEADER.replaceAll("\r", "") + BODY;
        assertEquals(stdout, isPage ? whole : talk);
      }),
  });
}
