import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  named,
  noLinux,
  noPython,
  python,
  ROOT,
  testUnless,
} from "./support.ts";

const [EN, ZH] = ["en", "zh"].map((language) =>
  Deno.readTextFileSync(new URL(`book/errors/${language}.md`, ROOT))
) as [string, string];

const hostname = "127.0.0.1";

/** A connection, and the listener that has it in its queue. */
async function connected() {
  const listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  return { listener, s: await Deno.connect({ hostname, port }) };
}

/** Programs that fail in Deno, by the words that they print on Linux. */
const IN_DENO: Record<string, () => Promise<unknown>> = {
  "AddrInUse: Address already in use (os error 98)": async () => {
    using listener = Deno.listen({ hostname, port: 0 });
    using _ = Deno.listen({ hostname, port: listener.addr.port });
    await Promise.resolve();
  },
  "AddrNotAvailable: Cannot assign requested address (os error 99)": () =>
    // An address for documents (RFC 5737), which no machine has.
    Promise.try(() => Deno.listen({ hostname: "203.0.113.1", port: 0 })),
  "ConnectionRefused: Connection refused (os error 111)": async () => {
    const { listener, s } = await connected();
    using _listener = listener;
    using _s = s;
    // Nothing listens at a client's own port.
    await Deno.connect({ hostname, port: s.localAddr.port });
  },
  "Error: Message too long (os error 90)": async () => {
    const local = { transport: "udp", hostname, port: 0 } as const;
    const s = Deno.listenDatagram(local);
    try {
      await s.send(new Uint8Array(65_508), s.addr);
    } finally {
      s.close();
    }
  },
  "BadResource: Bad resource ID": async () => {
    const { listener, s } = await connected();
    listener.close();
    s.close();
    await s.write(new Uint8Array(1));
  },
  "BadResource: Listener has been closed": async () => {
    const listener = Deno.listen({ hostname, port: 0 });
    listener.close();
    await listener.accept();
  },
  "Interrupted: operation canceled": async () => {
    const { listener, s } = await connected();
    listener.close();
    const reading = s.read(new Uint8Array(1));
    s.close();
    await reading;
  },
  "Busy: Another accept task is ongoing": async () => {
    const listener = Deno.listen({ hostname, port: 0 });
    const first = listener.accept().catch(() => {});
    try {
      await listener.accept();
    } finally {
      listener.close();
      await first;
    }
  },
  "TypeError: Invalid port: NaN": () =>
    Deno.connect({ hostname, port: Number("abc") }),
  "RangeError: Invalid port (out of range): 70000": () =>
    Deno.connect({ hostname, port: 70_000 }),
  "TypeError: expected typed ArrayBufferView": async () => {
    const { listener, s } = await connected();
    using _listener = listener;
    using _s = s;
    await Reflect.apply(s.write, s, ["Michael"]);
  },
};

/** Statements that fail in Python, by the words that they print on Linux. */
const IN_PYTHON: Record<string, string> = {
  "OSError: [Errno 98] Address already in use": "tcp().bind(l.getsockname())",
  "OSError: [Errno 99] Cannot assign requested address":
    "tcp().bind(('203.0.113.1', 0))",
  "OSError: [Errno 90] Message too long":
    "socket.socket(type=socket.SOCK_DGRAM).sendto(bytes(65508), l.getsockname())",
  "OSError: [Errno 9] Bad file descriptor": "s = tcp(); s.close(); s.send(b'')",
  "OSError: [Errno 107] Transport endpoint is not connected": "l.recv(1)",
  "OverflowError: connect(): port must be 0-65535.":
    "tcp().connect(('127.0.0.1', 70000))",
  "TypeError: 'str' object cannot be interpreted as an integer":
    "tcp().connect(('127.0.0.1', '9999'))",
  "TypeError: a bytes-like object is required, not 'str'":
    "tcp().send('Michael')",
  "TypeError: can't concat str to bytes": "b'Hello, ' + 'Michael'",
  'TypeError: can only concatenate str (not "bytes") to str':
    "'Hello, ' + b'Michael'",
  "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte":
    "b'\\xff'.decode()",
};

const LISTENER = "import socket; tcp = socket.socket; l = tcp()\n" +
  "l.bind(('127.0.0.1', 0)); l.listen()\n";

for (const [words, program] of Object.entries(IN_DENO)) {
  testUnless(noLinux, `error index: Deno prints ${words}`, async () => {
    assertEquals(await program().catch(String), words);
    assertStringIncludes(EN, `    ${words}\n`);
  });
}

Deno.test(named("error index: Python's words", noLinux || noPython), {
  ignore: Boolean(noLinux || noPython),
}, async (test) => {
  for (const [words, statement] of Object.entries(IN_PYTHON)) {
    await test.step(words, async () => {
      const { stderr } = await new Deno.Command(python ?? "", {
        args: ["-c", LISTENER + statement],
      }).output();
      const lines = new TextDecoder().decode(stderr).trimEnd().split("\n");
      assertEquals(lines.at(-1), words);
      assertStringIncludes(EN, `    ${words}\n`);
    });
  }
});

Deno.test("error index: Deno's words without a permission and without a file", async () => {
  const client = "book/2-tcp-server/plain_client.ts";
  for (
    const [path, words] of [
      [
        client,
        'NotCapable: Requires net access to "127.0.0.1:9999", run again with the --allow-net flag\n',
      ],
      ["nothing.ts", 'error: Module not found "file:///'],
    ] as const
  ) {
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", path],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    assertStringIncludes(new TextDecoder().decode(stderr), words);
    assertStringIncludes(EN, `    ${words}`);
  }
});

Deno.test("error index: both languages have the same words", () => {
  const words = (text: string) => text.match(/^ {4}.*/gm);
  assertEquals(words(ZH), words(EN));
});
