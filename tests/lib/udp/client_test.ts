import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { abortable } from "@std/async/abortable";
import { deadline } from "@std/async/deadline";
import {
  type Address,
  type AnyDatagramSocket,
  NetAccessError,
} from "../../../lib/net/mod.ts";
import {
  NoAnswerError,
  UdpClient,
  type UdpClientOptions,
  UnexpectedAnswerError,
} from "../../../lib/udp/mod.ts";
import { hasIPv6 } from "../../support/ipv6.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** How long a wait of a test may take, in milliseconds. */
const LIMIT = 30_000;

function open(hostname = "127.0.0.1", port = 0) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
  return Object.assign(socket, { [Symbol.dispose]: () => socket.close() });
}

type Answer = (text: string | Uint8Array) => Promise<unknown>;

/** A server that does with each datagram what the test wants. */
function serve(
  onDatagram: (name: string, answer: Answer, from: Deno.Addr) => unknown,
  socket = open(),
) {
  const received: string[] = [];
  const arrivals = new EventTarget();
  const serving = (async () => {
    for await (const [datagram, sender] of socket) {
      received.push(decode(datagram));
      arrivals.dispatchEvent(new Event("datagram"));
      await onDatagram(decode(datagram), (text) =>
        socket.send(
          typeof text === "string" ? encode(text) : text,
          sender,
        ), sender);
    }
  })();
  const { hostname, port } = socket.addr as Deno.NetAddr;
  return {
    address: { hostname, port },
    received,
    /** Waits until so many datagrams have come. */
    async has(count: number) {
      while (received.length < count) {
        const arrived = new Promise((resolve) =>
          arrivals.addEventListener("datagram", resolve, { once: true })
        );
        await deadline(arrived, LIMIT);
      }
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await serving;
    },
  };
}

const PATIENT = { timeout: LIMIT, retries: 0 };

/** A client with a socket of the system. */
function connect(server: Address, options: UdpClientOptions = PATIENT) {
  return new UdpClient(
    server,
    ({ hostname, port }) => open(hostname, port),
    options,
  );
}

Deno.test("UdpClient returns the server's answer, byte for byte", async () => {
  await using server = serve((name, answer) => answer(`Hello, ${name}!`));
  using client = connect(server.address);
  for (const name of ["Sarah", "", "小明", "a".repeat(60_000)]) {
    const answer = await client.request(encode(name));
    assertEquals(decode(answer), `Hello, ${name}!`);
  }
});

Deno.test("UdpClient takes the longest answer whole, and an empty one", async () => {
  const answers = [new Uint8Array(65_507).fill(7), new Uint8Array()];
  await using server = serve((name, answer) =>
    answer(answers[Number(name)] ?? "")
  );
  using client = connect(server.address);
  for (const [i, expected] of answers.entries()) {
    assertEquals(await client.request(encode(String(i))), expected);
  }
});

Deno.test("UdpClient returns an answer that later datagrams do not change", async () => {
  await using server = serve((name, answer) => answer(name));
  using client = connect(server.address);
  const first = await client.request(encode("first"));
  await client.request(encode("other"));
  assertEquals(decode(first), "first");
});

Deno.test("UdpClient sends again until it is answered", async () => {
  let asked = 0;
  await using server = serve(async (name, answer) => {
    if (++asked === 3) await answer(name);
  });
  using client = connect(server.address, { timeout: 20, retries: 1_000 });
  assertEquals(decode(await client.request(encode("Sarah"))), "Sarah");
});

Deno.test("UdpClient takes an answer to an earlier try", async () => {
  const answers: Answer[] = [];
  await using server = serve(async (_, answer) => {
    answers.push(answer);
    // The first try is answered when the second one has come.
    if (answers.length === 2) await answers[0]?.("late");
  });
  using client = connect(server.address, { timeout: 20, retries: 1_000 });
  assertEquals(decode(await client.request(encode("a"))), "late");
});

Deno.test("UdpClient leaves nothing behind that could swallow the next answer", async () => {
  await using server = serve(async (name, answer) => {
    await answer(name);
    await answer(name);
  });
  using client = connect(server.address);
  for (let i = 0; i < 50; i++) {
    const expected = `name ${i}`;
    const answer = await client.request(
      encode(expected),
      (datagram) => decode(datagram) === expected,
    );
    assertEquals(decode(answer), expected);
  }
  assertEquals(server.received.length, 50);
});

Deno.test("UdpClient takes no answer from another address", async () => {
  using other = open();
  await using server = serve(async (_, answer, sender) => {
    await other.send(encode("me!"), sender);
    await answer("the server");
  });
  using client = connect(server.address);
  assertEquals(decode(await client.request(encode("who?"))), "the server");
});

Deno.test("UdpClient gives up after all its tries", async () => {
  for (
    const [retries, message] of [
      [0, "No answer to one try of 0.01 s"],
      [2, "No answer to 3 tries of 0.01 s each"],
    ] as const
  ) {
    await using server = serve(() => {});
    using client = connect(server.address, { timeout: 10, retries });
    const error = await assertRejects(
      () => client.request(encode("Sarah")),
      NoAnswerError,
    );
    assertEquals(error.message, message);
    assertEquals(error.name, "NoAnswerError");
    assertEquals(error.tries, retries + 1);
    await server.has(retries + 1);
    assertEquals(server.received, Array(retries + 1).fill("Sarah"));
  }
});

Deno.test("UdpClient names what the server has sent instead of an answer", async () => {
  for (
    const [words, shown] of [
      ["220 \x1b[2J", 'sent "220 \\x1b[2J"; is it another server?'],
      ["x".repeat(100), `sent "${"x".repeat(60)}…"; is it another server?`],
      ["", "sent an empty datagram; is it a load balancer without a server?"],
    ] as const
  ) {
    await using server = serve((_, answer) => answer(words));
    using client = connect(server.address, { timeout: 50, retries: 0 });
    const error = await assertRejects(
      () => client.request(encode("Sarah"), () => false),
      UnexpectedAnswerError,
    );
    const { port } = server.address;
    assertEquals(
      error.message,
      `No answer to one try of 0.05 s: 127.0.0.1:${port} ${shown}`,
    );
    assertInstanceOf(error, NoAnswerError);
  }
});

Deno.test("UdpClient takes no doubled answer to an earlier request for another server's words", async () => {
  await using server = serve((_, answer) => answer("Hello, Ann!"));
  using client = connect(server.address, { timeout: 50, retries: 0 });
  await client.request(encode("Ann"));
  const error = await assertRejects(
    () => client.request(encode("Bob"), () => false),
    NoAnswerError,
  );
  assertEquals(error.message, "No answer to one try of 0.05 s");
});

Deno.test("UdpClient names the address that has answered instead", async () => {
  using noise = open();
  using other = open();
  await using server = serve(async (_, _answer, sender) => {
    await noise.send(encode("noise"), sender);
    await other.send(encode("it is me"), sender);
  });
  using client = connect(server.address, { timeout: 50, retries: 0 });
  const error = await assertRejects(
    () => client.request(encode("Sarah")),
    UnexpectedAnswerError,
  );
  const { port } = other.addr as Deno.NetAddr;
  assertEquals(
    error.message,
    `No answer to one try of 0.05 s: 127.0.0.1:${port} answered instead of ` +
      `127.0.0.1:${server.address.port}; ask the address that answers, or ` +
      "bind the server to the one that is asked",
  );
});

Deno.test("UdpClient rather names an address with the server's port", async () => {
  const from = (port: number) => () =>
    Promise.resolve<[Uint8Array, Deno.Addr]>([
      encode("x"),
      { transport: "udp", hostname: "127.0.0.2", port },
    ]);
  const socket = fakeSocket([from(8), from(9), from(10)]);
  const server = { hostname: "127.0.0.1", port: 9 };
  const client = new UdpClient(server, () => socket, {
    timeout: 10,
    retries: 0,
  });
  await assertRejects(
    () => client.request(encode("Sarah")),
    UnexpectedAnswerError,
    "127.0.0.2:9 answered instead of 127.0.0.1:9",
  );
});

Deno.test("UdpClient ends with the reason of its signal", async () => {
  const stop = new AbortController();
  await using server = serve(() => stop.abort(new Error("Enough")));
  using client = connect(server.address, {
    // Longer than the test may take: the time-out cannot be what ends it.
    timeout: 2 ** 31 - 1,
    retries: 0,
    signal: stop.signal,
  });
  await assertRejects(() => client.request(encode("Sarah")), Error, "Enough");
});

Deno.test("UdpClient opens nothing when its signal is already aborted", async () => {
  let opened = 0;
  const client = new UdpClient({ hostname: "127.0.0.1", port: 9 }, () => {
    opened++;
    throw new Error("Not to be called");
  }, { signal: AbortSignal.abort(new Error("Enough")) });
  await assertRejects(() => client.request(encode("a")), Error, "Enough");
  assertEquals(opened, 0);
});

Deno.test("UdpClient fails a pending request when it is closed", async () => {
  await using server = serve(() => {});
  const client = connect(server.address);
  const request = client.request(encode("a"));
  const failed = assertRejects(() => request, Deno.errors.BadResource);
  await server.has(1);
  client[Symbol.dispose]();
  await failed;
});

Deno.test("UdpClient refuses a second request while one is pending", async () => {
  await using server = serve((name, answer) => answer(name));
  using client = connect(server.address);
  const first = client.request(encode("first"));
  await assertRejects(() => client.request(encode("b")), Deno.errors.Busy);
  assertEquals(decode(await first), "first");
  assertEquals(decode(await client.request(encode("third"))), "third");
});

Deno.test("UdpClient hands on what the socket and isAnswer throw", async () => {
  await using server = serve((name, answer) => answer(name));
  using client = connect(server.address);
  await assertRejects(
    () => client.request(new Uint8Array(65_508)),
    Error,
    "too long",
  );
  for (
    const mistake of [
      new RangeError("Mistaken"),
      // These two mean something else when a socket or a timer throws them.
      new Deno.errors.ConnectionReset("Mistaken"),
      new DOMException("Mistaken", "TimeoutError"),
    ]
  ) {
    const isAnswer = () => {
      throw mistake;
    };
    const error = await assertRejects(
      () => client.request(encode("a"), isAnswer),
      Error,
    );
    assertEquals(error === mistake, true);
  }
  // None of them spoils the next request.
  const isAnswer = (datagram: Uint8Array) => decode(datagram) === "next";
  assertEquals(decode(await client.request(encode("next"), isAnswer)), "next");
});

Deno.test("UdpClient refuses a time-out that is not above 0", () => {
  const server = { hostname: "127.0.0.1", port: 9 };
  for (const timeout of [-1, 0, NaN, Infinity]) {
    assertThrows(() => connect(server, { timeout }), TypeError);
  }
  assertThrows(() => connect(server, { retries: -1 }), TypeError);
});

type Receive = () => Promise<[Uint8Array, Deno.Addr]>;
const never: Receive = () => new Promise(() => {});

/** A socket whose receives come out as told. */
function fakeSocket(receives: Receive[]): AnyDatagramSocket {
  return {
    addr: { transport: "udp", hostname: "127.0.0.1", port: 9 },
    receive: () => (receives.shift() ?? never)(),
    send: (data) => Promise.resolve(data.length),
    close() {},
  };
}

Deno.test("UdpClient goes on when the system reports that no socket was there", async () => {
  const server = { hostname: "127.0.0.1", port: 9 };
  const from: Deno.NetAddr = { transport: "udp", ...server };
  const socket = fakeSocket([
    () => Promise.reject(new Deno.errors.ConnectionReset("(os error 10054)")),
    () => Promise.reject(new Deno.errors.ConnectionRefused("(os error 111)")),
    () => Promise.resolve([encode("here"), from]),
  ]);
  const client = new UdpClient(server, () => socket, PATIENT);
  assertEquals(decode(await client.request(encode("a"))), "here");
});

Deno.test("UdpClient hands on an error of receive, and opens another socket then", async () => {
  const server = { hostname: "127.0.0.1", port: 9 };
  const from: Deno.NetAddr = { transport: "udp", ...server };
  const sockets = [
    fakeSocket([() => Promise.reject(new Error("Input/output error"))]),
    fakeSocket([() => Promise.resolve([encode("here"), from])]),
  ];
  const openNext = () => {
    const socket = sockets.shift();
    assert(socket !== undefined);
    return socket;
  };
  const client = new UdpClient(server, openNext, PATIENT);
  await assertRejects(() => client.request(encode("a")), Error, "Input/output");
  assertEquals(decode(await client.request(encode("a"))), "here");
});

/** A client of a name with these addresses, of which the last one is served. */
function named(addresses: string[], options: UdpClientOptions = {}) {
  const sent: string[] = [];
  const locals: string[] = [];
  const served = addresses.slice(-1);
  const openSocket = ({ hostname }: Address): AnyDatagramSocket => {
    locals.push(hostname);
    let received = Promise.withResolvers<[Uint8Array, Deno.Addr]>();
    return {
      ...fakeSocket([]),
      receive: () => received.promise,
      send(data, to) {
        const { hostname } = to as Deno.NetAddr;
        sent.push(hostname);
        if (served.includes(hostname)) {
          received.resolve([data.slice(), to]);
          received = Promise.withResolvers();
        }
        return Promise.resolve(data.length);
      },
    };
  };
  const client = new UdpClient({ hostname: "name", port: 9 }, openSocket, {
    ...PATIENT,
    lookup: () => Promise.resolve(addresses),
    isAllowed: () => true,
    ...options,
  });
  return { client, locals, sent, served };
}

for (
  const addresses of [
    ["::1", "127.0.0.1"],
    ["127.0.0.1", "::1"],
    ["2001:db8::1", "::1", "192.0.2.1", "127.0.0.1"],
  ]
) {
  Deno.test(`UdpClient finds the last of ${addresses.join()} within its first try`, async () => {
    const { client, locals, sent } = named(addresses);
    assertEquals(decode(await client.request(encode("Ann"))), "Ann");
    assertEquals(sent, addresses);
    assertEquals(new Set(locals).size, locals.length);
    // The next request goes to the address that has answered, and to no other.
    assertEquals(decode(await client.request(encode("Bob"))), "Bob");
    assertEquals(sent, [...addresses, ...addresses.slice(-1)]);
  });
}

Deno.test("UdpClient sends to the first address alone when that one answers", async () => {
  const { client, sent, served } = named(["::1", "127.0.0.1"]);
  served.unshift("::1");
  await client.request(encode("Ann"));
  assertEquals(sent, ["::1"]);
});

Deno.test("UdpClient asks all addresses again when the one that answered is silent", async () => {
  const { client, sent, served } = named(["::1", "127.0.0.1"], {
    timeout: 50,
    retries: 100,
  });
  await client.request(encode("Ann"));
  served.splice(0, 1, "::1");
  sent.length = 0;
  assertEquals(decode(await client.request(encode("Bob"))), "Bob");
  assertEquals(sent, ["127.0.0.1", "127.0.0.1", "::1"]);
});

/** Runs with time-outs that pass at once, or never; returns what they were. */
async function withTimeouts(
  pass: boolean,
  run: () => Promise<unknown>,
): Promise<number[]> {
  const { timeout } = AbortSignal;
  const waits: number[] = [];
  const limit = timeout(LIMIT / 3);
  AbortSignal.timeout = (ms) => {
    waits.push(ms);
    return pass ? timeout.call(AbortSignal, 0) : new AbortController().signal;
  };
  try {
    await abortable(run(), limit);
  } finally {
    AbortSignal.timeout = timeout;
  }
  return waits;
}

Deno.test("UdpClient asks the next address well before a try is over", async () => {
  const { client, sent } = named(["::1", "127.0.0.1"], { timeout: LIMIT });
  await client.request(encode("Ann"));
  assertEquals(sent, ["::1", "127.0.0.1"]);
});

Deno.test("UdpClient sets no negative time-out when it was stopped on its way to it", async () => {
  const { client, served } = named(["127.0.0.1"], { timeout: 10 });
  served.length = 0;
  const { now } = performance;
  let stopped = 0;
  performance.now = () => now.call(performance) + (stopped += 1_000);
  try {
    const waits = await withTimeouts(true, async () => {
      await assertRejects(() => client.request(encode("Ann")), NoAnswerError);
    });
    assertEquals(waits.filter((ms) => ms < 0), []);
  } finally {
    performance.now = now;
  }
});

Deno.test("UdpClient passes over addresses that are not allowed", async () => {
  for (const denied of ["[::1]:9", "[::1]:0"]) {
    const { client, sent } = named(["::1", "127.0.0.1"], {
      isAllowed: (host) => host !== denied,
    });
    await client.request(encode("Ann"));
    assertEquals(sent, ["127.0.0.1"]);
  }
});

Deno.test("UdpClient names all that is needed when no address is allowed", async () => {
  const { client } = named(["::1", "127.0.0.1", "127.0.0.2"], {
    isAllowed: () => false,
  });
  const error = await assertRejects(
    () => client.request(encode("Ann")),
    NetAccessError,
  );
  assertEquals(
    error.message,
    "Deno does not allow it; grant --allow-net=" +
      "name,[::1]:0,[::1]:9,127.0.0.1:0,127.0.0.1:9,127.0.0.2:9",
  );
});

Deno.test("UdpClient says which address it could not ask when there is no answer", async () => {
  const { client, served } = named(["::1", "127.0.0.1"], {
    isAllowed: (host) => !host.startsWith("["),
    timeout: 10,
    retries: 0,
  });
  served.length = 0;
  const error = await assertRejects(
    () => client.request(encode("Ann")),
    NoAnswerError,
  );
  assertEquals(
    error.message,
    "No answer to one try of 0.01 s (--allow-net leaves out [::1]:9)",
  );
});

Deno.test("UdpClient passes over an address that the system cannot reach", async () => {
  await using server = serve((name, answer) => answer(name));
  const { port } = server.address;
  using client = new UdpClient({ hostname: "name", port }, ({ hostname }) => {
    if (hostname === "::1") throw new Deno.errors.AddrNotAvailable("No IPv6");
    return open(hostname);
  }, {
    ...PATIENT,
    lookup: () => Promise.resolve(["::1", "127.0.0.1"]),
    isAllowed: () => true,
  });
  // The next address is asked at once: no time passes.
  await withTimeouts(false, async () => {
    assertEquals(decode(await client.request(encode("Ann"))), "Ann");
  });
});

Deno.test("UdpClient hands on the first error when no address can be reached", async () => {
  const errors = [
    new Deno.errors.AddrNotAvailable("No IPv6"),
    new Deno.errors.NetworkUnreachable("No network"),
  ];
  const client = new UdpClient({ hostname: "name", port: 9 }, () => {
    throw errors.shift();
  }, {
    ...PATIENT,
    lookup: () => Promise.resolve(["::1", "127.0.0.1"]),
    isAllowed: () => true,
  });
  await assertRejects(
    () => client.request(encode("Ann")),
    Deno.errors.AddrNotAvailable,
  );
});

Deno.test("UdpClient does not wait for a lookup longer than for all its tries", async () => {
  const client = new UdpClient({ hostname: "name", port: 9 }, () => open(), {
    timeout: 10,
    retries: 1,
    lookup: () => new Promise(() => {}),
  });
  const error = await assertRejects(() => client.request(encode("a")), Error);
  assertEquals(
    error.message,
    'No name server has answered for "name" within 0.02 s; ' +
      "check the network, or use an IP address",
  );
});

Deno.test({
  name: "UdpClient is answered by either version of IP at a name of both",
  ignore: !hasIPv6,
  async fn() {
    for (const hostname of ["127.0.0.1", "::1"]) {
      await using server = serve(
        (name, answer) => answer(`${name} at ${hostname}`),
        open(hostname),
      );
      const { port } = server.address;
      for (
        const addresses of [["127.0.0.1", "::1"], ["::1", "127.0.0.1"]]
      ) {
        using client = connect({ hostname: "name", port }, {
          ...PATIENT,
          lookup: () => Promise.resolve(addresses),
        });
        for (const name of ["Ann", "Bob"]) {
          assertEquals(
            decode(await client.request(encode(name))),
            `${name} at ${hostname}`,
          );
        }
      }
    }
  },
});

Deno.test("UdpClient traces what each of its sockets moves", async () => {
  const lines: string[] = [];
  await using server = serve((name, answer) => answer(name));
  using client = connect(server.address, {
    ...PATIENT,
    trace: (line) => lines.push(line),
  });
  await client.request(encode("Sarah"));
  assertEquals(lines.filter((line) => line.endsWith(" 5 bytes")).length, 2);
});
