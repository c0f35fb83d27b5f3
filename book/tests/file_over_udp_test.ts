/** The programs of chapter 12, with those of `examples/file/`. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { MAX_DATA } from "../../examples/file/packet.ts";
import {
  otherPort,
  Process,
  ROOT,
  run,
  runLine,
  startServer,
  startTyped,
  TransferFolder,
  typedOutput,
} from "./support.ts";

const FOLDER = "book/12-file-over-udp/";

Deno.test("lossy.ts makes a bad network for udp_client.ts and for a file", async () => {
  const line = await runLine(`${FOLDER}lossy.ts`);
  await using server = await startServer("udp_server.ts");
  const words = line.replaceAll(":9999", `:${server.port}`).split(" ").slice(1);
  const options = [`--port=${server.port}`, "--timeout=0.2", "--retries=30"];
  const greetings = await run(Deno.execPath(), [...words, ...options], {
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  assertEquals(
    greetings,
    "Hello, Michael!\nHello, Tracy!\nHello, Sarah!\n",
  );
  await using folder = new TransferFolder(20_000);
  const lossy = `--preload=${new URL(`${FOLDER}lossy.ts`, ROOT)}`;
  const [receiving, port] = await folder.receive();
  await using _receiving = receiving;
  const program = ["examples/file/send_file.ts", `--port=${port}`, folder.file];
  await using sending = Process.start(
    Deno.execPath(),
    ["run", "-q", "-A", lossy, ...program],
    { cwd: ROOT },
  );
  const { code, stdout } = await sending.ended();
  assertEquals(code, 0);
  const datagrams = Number(/ in (\d+) datagrams\.\n$/.exec(stdout)?.[1]);
  assert(datagrams > 20_000 / MAX_DATA + 1, "Some were sent again");
  assertEquals((await receiving.ended()).code, 0);
  await folder.assertArrived();
});

Deno.test("plain_send.ts delivers a file whole, over a lossy network, too", async () => {
  for (
    const preload of [[], [`--preload=${new URL(`${FOLDER}lossy.ts`, ROOT)}`]]
  ) {
    const cwd = await Deno.makeTempDir();
    try {
      const path = `${FOLDER}plain_receive.ts`;
      await using receiver = await startTyped(path, { cwd });
      const program = `${FOLDER}plain_send.ts`;
      const port = otherPort(receiver.port);
      await run(
        Deno.execPath(),
        ["run", "-q", "-A", ...preload, port, program, "README.md"],
        { cwd: ROOT },
      );
      await receiver.process.line(/^Received \d+ packets$/);
      assertEquals((await receiver.process.ended()).code, 0);
      assertEquals(
        await Deno.readTextFile(`${cwd}/copy.txt`),
        await Deno.readTextFile(new URL("README.md", ROOT)),
      );
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  }
});

Deno.test("packet_bytes.ts shows the parts of a packet, and the checksum is that of zlib", async () => {
  const output = await typedOutput(`${FOLDER}packet_bytes.ts`);
  const bytes = output.trim().split("\n").map((line) => line.slice(21)).join(
    " ",
  );
  const checksum = /^46 54 31 44 00 07 90 56 01 23 45 67 89 ab cd ef /;
  assertMatch(bytes, checksum);
});

Deno.test("chapter 12: a packet is sent once in (1 - loss)^2 tries", async () => {
  const output = await typedOutput(`${FOLDER}answers/sends.ts`);
  for (const line of output.trimEnd().split("\n")) {
    const [calculated = NaN, tried = NaN] = line.split(": ")[1]?.split(", ")
      .map(Number) ?? [];
    assert(Math.abs(calculated - tried) < 0.1, line);
  }
  assertStringIncludes(output, "30 %: 2.04, ");
});

Deno.test("chapter 12: a packet that is not signed with the key is dropped", async () => {
  assertEquals(
    await typedOutput(`${FOLDER}answers/signed.ts`),
    "signed: accepted\nchanged: dropped\nanother key: dropped\n" +
      "not signed: dropped\n",
  );
});
