import { assertEquals } from "@std/assert";
import { HealthChecks } from "../../../lib/tcp/_health_checks.ts";
import { serveTcp } from "../../../lib/tcp/mod.ts";
import { connectAndReset } from "../../support/peers.ts";
import { readToEnd } from "../../support/pair.ts";

const MONITOR = "192.0.2.1";

Deno.test("HealthChecks recognizes three visits without a byte", () => {
  let now = 0;
  const checks = new HealthChecks(() => now);
  checks.add(MONITOR);
  now += 60_000;
  checks.add(MONITOR);
  assertEquals(checks.isExpectedFrom(MONITOR), false);
  checks.add(MONITOR);
  assertEquals(checks.isExpectedFrom(MONITOR), true);
  assertEquals(checks.isExpectedFrom("192.0.2.2"), false);
});

Deno.test("HealthChecks forgets a host after a minute without a visit", () => {
  let now = 0;
  const checks = new HealthChecks(() => now);
  for (let i = 0; i < 10; i++) checks.add(MONITOR);
  now += 60_001;
  assertEquals(checks.isExpectedFrom(MONITOR), false);
});

Deno.test("HealthChecks remembers a limited number of hosts, the last ones", () => {
  const checks = new HealthChecks(() => 0);
  for (let i = 0; i < 3; i++) checks.add("first");
  for (let i = 0; i < 1_000; i++) checks.add(`host ${i}`);
  assertEquals(checks.isExpectedFrom("first"), false);
  for (let i = 0; i < 2; i++) checks.add("host 999");
  assertEquals(checks.isExpectedFrom("host 999"), true);
});

Deno.test("a server logs no health checks, and a client of the same host from its first byte", async () => {
  const log: string[] = [];
  const server = serveTcp(
    {
      port: 0,
      log: (line) => log.push(line),
    },
    async (connection, log) => {
      log(`open ${connection.remoteAddr.port}`);
      const buffer = new Uint8Array(10);
      for (let n; (n = await connection.read(buffer)) !== null;) {
        await connection.write(buffer.subarray(0, n));
      }
      await connection.close();
      log(`close ${connection.remoteAddr.port}`);
    },
  );
  const connect = () =>
    Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const expected: string[] = [];
  for (let i = 0; i < 10; i++) {
    using conn = await connect();
    await conn.closeWrite();
    assertEquals(await readToEnd(conn), "");
    const { port } = conn.localAddr;
    if (i < 3) expected.push(`open ${port}`, `close ${port}`);
  }
  assertEquals(log, expected);
  using client = await connect();
  await client.write(new Uint8Array(1));
  await client.read(new Uint8Array(1));
  const { port } = client.localAddr;
  expected.push(`open ${port}`);
  assertEquals(log, expected);
  await client.closeWrite();
  await readToEnd(client);
  client.close();
  await server.shutdown();
  assertEquals(log, [...expected, `close ${port}`]);
});

Deno.test("a server behind a proxy reports malformed headers, of a host with health checks too", async () => {
  const log: string[] = [];
  let errors = 0;
  const server = serveTcp(
    {
      port: 0,
      proxyProtocol: true,
      log: (line) => log.push(line),
      onError: () => errors++,
    },
    async (connection, log) => {
      log(`open ${connection.remoteAddr.port}`);
      const buffer = new Uint8Array(10);
      for (let n; (n = await connection.read(buffer)) !== null;) {
        await connection.write(buffer.subarray(0, n));
      }
    },
  );
  const ask = async (text: string) => {
    using conn = await Deno.connect({
      hostname: "127.0.0.1",
      port: server.addr.port,
    });
    await conn.write(new TextEncoder().encode(text));
    await conn.closeWrite();
    return await readToEnd(conn);
  };
  const header = (port: number) =>
    `PROXY TCP4 127.0.0.1 127.0.0.1 ${port} 9999\r\n`;
  for (let i = 1; i <= 10; i++) assertEquals(await ask(header(i)), "");
  assertEquals(log, ["open 1", "open 2", "open 3"]);
  for (let i = 0; i < 10; i++) assertEquals(await ask("Sarah"), "");
  assertEquals(errors, 10);
  // Bytes that come with the header show a client.
  assertEquals(await ask(`${header(11)}Sarah`), "Sarah");
  assertEquals(log.slice(3), ["open 11"]);
  await server.shutdown();
});

Deno.test("a server reports no health checks that end with a reset, after the first few", async () => {
  let visits = 0;
  let errors = 0;
  let over = Promise.withResolvers<void>();
  const server = serveTcp(
    { port: 0, onError: () => errors++ },
    async (connection) => {
      visits++;
      try {
        await connection.write(new Uint8Array(1));
        await connection.read(new Uint8Array(1));
      } finally {
        over.resolve();
      }
    },
  );
  for (let i = 0; i < 10; i++) {
    over = Promise.withResolvers();
    await connectAndReset(server.addr.port, "");
    await over.promise;
  }
  await server.shutdown();
  assertEquals({ visits, errors }, { visits: 10, errors: 3 });
});
