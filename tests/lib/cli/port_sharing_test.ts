import { assertEquals, assertMatch } from "@std/assert";
import { whyNotShared } from "../../../lib/cli/port_sharing.ts";

Deno.test("whyNotShared tells where Deno shares a port", () => {
  assertEquals(whyNotShared("TCP", "linux"), null);
  for (const os of ["darwin", "windows"] as const) {
    assertMatch(
      whyNotShared("TCP", os) ?? "",
      /^Deno shares TCP ports on Linux/,
    );
  }
  assertMatch(whyNotShared("UDP", "linux") ?? "", /^Deno does not share UDP/);
});

Deno.test({
  name: "on Linux the last UDP socket on a port gets all datagrams",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const hostname = "127.0.0.1";
    const listen = (port: number) =>
      Deno.listenDatagram({
        transport: "udp",
        hostname,
        port,
        reuseAddress: true,
      });
    const first = listen(0);
    const { port } = first.addr as Deno.NetAddr;
    const last = listen(port);
    const nothing = first.receive();
    const sender = listen(0);
    const to: Deno.NetAddr = { transport: "udp", hostname, port };
    for (let i = 0; i < 20; i++) {
      await sender.send(new Uint8Array([i]), to);
      assertEquals((await last.receive())[0], new Uint8Array([i]));
    }
    for (const socket of [sender, last]) socket.close();
    // With the last one gone the first one has its turn.
    const again = listen(0);
    await again.send(new Uint8Array([100]), to);
    assertEquals((await nothing)[0], new Uint8Array([100]));
    for (const socket of [again, first]) socket.close();
  },
});
