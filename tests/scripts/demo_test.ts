import { assertEquals, assertStringIncludes } from "@std/assert";
import { Process } from "../support/process.ts";
import { ROOT } from "../support/scripts.ts";
import { hello } from "../support/bytes.ts";

Deno.test("the demo shows all four scripts and checks their output", async () => {
  await using demo = Process.start(Deno.execPath(), ["task", "demo"], {
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const { code, stdout } = await demo.ended();
  assertEquals(code, 0, stdout);
  for (
    const line of [
      "tcp_server │ Bind TCP on ",
      "tcp_server │ Accept new connection from 127.0.0.1:",
      `client 1   │ ${hello("Michael")}\n`,
      `client 2   │ ${hello("小明")}\n`,
      "tcp_server │ Connection from 127.0.0.1:",
      "client     │ HTTP/1.1 200 OK\n",
      "udp_server │ Received from 127.0.0.1:",
      `udp_client │ ${hello("Sarah")}\n`,
      "All output is as expected.\n",
    ]
  ) assertStringIncludes(stdout, line);
});
