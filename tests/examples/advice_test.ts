import { assert, assertEquals } from "@std/assert";
import { freePort } from "../support/free_port.ts";
import { deno } from "../support/scripts.ts";
import { inTempDir } from "../support/temp_dir.ts";

/**
 * The programs with a command line, as a person may start them: `PORT` is a port
 * that is free, `DIR` a folder.
 */
const COMMANDS = [
  "tcp_server.ts --port 0",
  "tcp_server.ts --port 0 --hostname localhost",
  "tcp_server.ts --port 0 --hostname ::1",
  "udp_server.ts --port 0",
  "udp_server.ts --port 0 --hostname 0.0.0.0",
  "udp_server.ts --port 0 --hostname localhost",
  "tcp_client.ts --port PORT --hostname localhost",
  "tcp_client.ts --get http://127.0.0.1:PORT/ --output DIR/page",
  "udp_client.ts --port PORT --timeout 0.1 --retries 0 --hostname localhost",
  "examples/chat.ts --port 0",
  "examples/dns/dns_server.ts --port 0",
  "examples/dns/dns.ts --server localhost --port PORT --timeout 0.1 --retries 0",
  "examples/http_server.ts --port 0 DIR",
  "examples/json_client.ts --port PORT",
  "examples/json_server.ts --port 0",
  "examples/netcat.ts --port PORT",
  "examples/netcat.ts --port PORT --udp --timeout 0.1 --hostname localhost",
  "examples/file/receive_file.ts --port 0 DIR/copy",
  "examples/relay.ts --listen 0 --port PORT",
  "examples/file/send_file.ts --port PORT --timeout 0.1 tcp_server.ts",
  "examples/file/stop_and_wait_receive.ts --port 0 DIR/copy",
  "examples/file/stop_and_wait_send.ts --port PORT --timeout 0.1 tcp_server.ts",
  "examples/tls_client.ts --port PORT",
  "examples/tls_server.ts --port 0 --cert tests/support/tls/localhost.pem --key tests/support/tls/localhost.key",
];

/** What a program says on standard error; `null` if it has begun to listen. */
async function attempt(
  script: string,
  args: string[],
  granted: Map<string, string>,
): Promise<string | null> {
  const allow = Array.from(granted, ([name, list]) => `${name}${list}`);
  await using process = deno(script, args, { allow });
  const isBound = await process.line(/^Bind /).then(() => true, () => false);
  return isBound ? null : (await process.ended()).stderr;
}

for (const command of COMMANDS) {
  Deno.test(`${command}: granting what its errors name is enough`, async () => {
    await inTempDir(async (dir) => {
      const [script = "", ...args] = command
        .replace("PORT", `${freePort()}`).replaceAll("DIR", dir).split(" ");
      const granted = new Map<string, string>();
      for (let tries = 0;; tries++) {
        const errors = await attempt(script, args, granted);
        if (errors === null) break;
        assert(!errors.includes("\n    at "), errors);
        const advice = [...errors.matchAll(/--allow-(\w+)(=[^\s"]+)?/g)];
        const before = [...granted].join();
        for (const [, name = "", list = ""] of advice) {
          const old = granted.get(name) ?? "";
          const isNew = list === "" || !old.split(/[=,]/).includes(list);
          const both = old === "" ? list : `${old},${list.slice(1)}`;
          if (isNew) granted.set(name, list === "" ? "" : both);
        }
        if (advice.length === 0) break;
        assert(before !== [...granted].join(), `The same again: ${errors}`);
        assert(tries < 5, errors);
      }
      assertEquals(granted.size > 0, true);
    });
  });
}
