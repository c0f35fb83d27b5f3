import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { deadline } from "@std/async/deadline";
import {
  type Address,
  type DatagramSocket,
  NetAccessError,
} from "../../../lib/net/mod.ts";
import {
  NoAnswerError,
  UdpClient,
  type UdpClientOptions,
  UnexpectedAnswerError,
} from "../../../lib/udp/mod.ts";
import {
  type Asked,
  fakeSocket,
  FROM,
  LIMIT,
  openUdp,
  UdpTestServer,
} from "../../support/udp.ts";
import { decode, encode } from "../../support/bytes.ts";

const echo = ({ name, answer }: Asked) => answer(name);

const PATIENT = { timeout: Infinity, retries: 0 };

/** A client with sockets of the system. */
function connect(server: Address, options: UdpClientOptions = PATIENT) {
  const open = ({ hostname, port }: Address) => openUdp(hostname, port);
  return new UdpClient(server, open, options);
}

/** The text of the answer to a request. */
async function ask(
  client: UdpClient,
  name: string,
  isAnswer?: (datagram: Uint8Array) => boolean,
): Promise<string> {
  const answer = client.request(encode(name), isAnswer);
  return decode(await deadline(answer, LIMIT));
}

Deno.test("UdpClient returns the server's answer byte for byte, the longest and an empty one too", async () => {
  const answers: Record<string, string> = { long: "a".repeat(65_507) };
  await using server = new UdpTestServer(({ name, answer }) =>
    answer(answers[name] ?? name)
  );
  using client = connect(server.address);
  const first = await client.request(encode("first"));
  for (const name of ["", "小明", "a".repeat(60_000), "long"]) {
    assertEquals(await ask(client, name), answers[name] ?? name);
  }
  // Later datagrams do not change it.
  assertEquals(decode(first), "first");
});

Deno.test("UdpClient sends again until it is answered, and takes an answer to an earlier try", async () => {
  const answers: Asked["answer"][] = [];
  await using server = new UdpTestServer(async ({ name, answer }) => {
    answers.push(answer);
    if (answers.length === 3) await answers[0]?.(`late ${name}`);
  });
  using client = connect(server.address, { timeout: 5, retries: Infinity });
  assertEquals(await ask(client, "Sarah"), "late Sarah");
  assertEquals(server.received.slice(0, 3), ["Sarah", "Sarah", "Sarah"]);
});

Deno.test("UdpClient takes no answer from another address, and none that swallows the next", async () => {
  using other = openUdp();
  await using server = new UdpTestServer(async ({ name, answer, sender }) => {
    await other.send(encode(name), sender);
    await other.send(encode("me!"), sender);
    await answer(name);
    await answer(name);
  });
  const lines: string[] = [];
  const trace = (line: string) => lines.push(line);
  using client = connect(server.address, { ...PATIENT, trace });
  for (let i = 0; i < 20; i++) {
    const name = `name ${i}`;
    assertEquals(
      await ask(client, name, (data) => decode(data) === name),
      name,
    );
  }
  assertEquals(server.received.length, 20);
  assert(lines.filter((line) => line.endsWith(" 6 bytes")).length >= 20);
});

Deno.test("UdpClient finds the answer behind other datagrams when it was stopped for longer than its time-out", async () => {
  using other = openUdp();
  await using server = new UdpTestServer(({ answer, sender }) => {
    for (let i = 0; i < 100; i++) other.send(encode("noise"), sender);
    answer("here");
    // Nothing of this program runs meanwhile, as after Ctrl-Z.
    const end = performance.now() + 100;
    while (performance.now() < end);
  });
  using client = connect(server.address, { timeout: 50, retries: 0 });
  assertEquals(await ask(client, "a"), "here");
});

Deno.test("UdpClient gives up after all its tries", async () => {
  for (
    const [retries, message] of [
      [0, "No answer to one try of 0.01 s"],
      [2, "No answer to 3 tries of 0.01 s each"],
    ] as const
  ) {
    await using server = new UdpTestServer(() => {});
    using client = connect(server.address, { timeout: 10, retries });
    const error = await assertRejects(() => ask(client, "a"), NoAnswerError);
    assertEquals([error.message, error.name], [message, "NoAnswerError"]);
    await server.has(retries + 1);
    assertEquals(server.received, Array(retries + 1).fill("a"));
  }
});

Deno.test("UdpClient ends a try in a flood of other datagrams", async () => {
  const flood: DatagramSocket = {
    ...fakeSocket([]),
    receive: () => Promise.resolve([encode("noise"), { ...FROM, port: 8 }]),
  };
  using client = new UdpClient(FROM, () => flood, { timeout: 20, retries: 0 });
  await assertRejects(() => ask(client, "a"), UnexpectedAnswerError);
});

/** An address with another port than the server's, and one with the same. */
const [NEAR, FAR] = [
  { ...FROM, port: 8 },
  { ...FROM, hostname: "127.0.0.2" },
];

for (
  const [what, received, shown] of [
    [
      "the server's own words",
      [["noise", FAR], ["220 \x1b[2J", FROM], ["noise", FAR]],
      '127.0.0.1:9999 sent "220 \\x1b[2J"; is it another server?',
    ],
    [
      "the beginning of long words",
      [["x".repeat(100), FROM]],
      `127.0.0.1:9999 sent "${"x".repeat(60)}…"; is it another server?`,
    ],
    [
      "an empty datagram",
      [["", FROM]],
      "127.0.0.1:9999 sent an empty datagram; is it a load balancer without a server?",
    ],
    [
      "another address, rather one with the server's port",
      [["x", NEAR], ["x", FAR], ["x", NEAR]],
      "127.0.0.2:9999 answered instead of 127.0.0.1:9999; ask the address that " +
      "answers, or bind the server to the one that is asked",
    ],
  ] satisfies [string, [string, Deno.NetAddr][], string][]
) {
  Deno.test(`UdpClient names what has come instead of an answer: ${what}`, async () => {
    const socket = fakeSocket(
      received.map(([text, sender]) => [encode(text), sender]),
    );
    const lines: string[] = [];
    const warn = (line: string) => lines.push(line);
    const options = { timeout: 10, retries: 0, warn };
    using client = new UdpClient(FROM, () => socket, options);
    const error = await assertRejects(
      () => ask(client, "a", () => false),
      UnexpectedAnswerError,
    );
    assertEquals(error.message, `No answer to one try of 0.01 s: ${shown}`);
    assertInstanceOf(error, NoAnswerError);
    // It is of this request, and not of the next one.
    const next = await assertRejects(() => ask(client, "b"), NoAnswerError);
    assertEquals(next.message, "No answer to one try of 0.01 s");
    assertEquals(lines.length, received.length);
    assert(lines.includes(shown));
  });
}

Deno.test("UdpClient takes no doubled answer to an earlier request for another server's words", async () => {
  await using server = new UdpTestServer(({ answer }) => answer("Hello, Ann!"));
  using client = connect(server.address, { timeout: 50, retries: 0 });
  await ask(client, "Ann");
  const error = await assertRejects(
    () => ask(client, "Bob", () => false),
    NoAnswerError,
  );
  assertEquals(error.message, "No answer to one try of 0.05 s");
});

Deno.test("UdpClient ends with the reason of its signal, and opens nothing if that is aborted", async () => {
  const stop = new AbortController();
  await using server = new UdpTestServer(() => stop.abort(new Error("Enough")));
  const options = { timeout: Infinity, signal: stop.signal };
  using client = connect(server.address, options);
  await assertRejects(() => ask(client, "a"), Error, "Enough");
  await assertRejects(() => client.receive(), Error, "Enough");
  await client.send(encode("goodbye"));
  await server.has(2);
  let opened = 0;
  const open = () => (opened++, fakeSocket([]));
  const late = new UdpClient(server.address, open, options);
  await assertRejects(() => ask(late, "a"), Error, "Enough");
  late[Symbol.dispose]();
  const send = () => late.send(encode("a"));
  await assertRejects(send, Deno.errors.BadResource);
  assertEquals(opened, 0);
});

Deno.test("UdpClient fails a pending request when it is closed, and each later one", async () => {
  await using server = new UdpTestServer(() => {});
  const { signal } = new AbortController();
  const looking = Promise.withResolvers<void>();
  const lookup = () => {
    looking.resolve();
    return new Promise<never>(() => {});
  };
  for (
    const [client, isPending] of [
      [connect(server.address, { signal }), () => server.has(1)],
      [
        connect({ hostname: "name", port: 9 }, { lookup }),
        () => looking.promise,
      ],
    ] as const
  ) {
    const failed = assertRejects(
      () => ask(client, "a"),
      Deno.errors.BadResource,
      "The client is closed",
    );
    await isPending();
    client[Symbol.dispose]();
    await failed;
    for (
      const later of [
        () => ask(client, "a"),
        () => client.send(encode("a")),
        () => client.receive(),
      ]
    ) await assertRejects(later, Deno.errors.BadResource, "client is closed");
  }
});

Deno.test("UdpClient refuses a second request while one is pending", async () => {
  await using server = new UdpTestServer(echo);
  using client = connect(server.address);
  const first = ask(client, "first");
  await assertRejects(() => ask(client, "second"), Deno.errors.Busy);
  assertEquals(await first, "first");
  assertEquals(await ask(client, "third"), "third");
});

Deno.test("UdpClient hands on what the socket and isAnswer throw, and none of it spoils the next request", async () => {
  await using server = new UdpTestServer(echo);
  using client = connect(server.address);
  const long = await assertRejects(
    () => ask(client, "a".repeat(65_508)),
    Error,
  );
  assertEquals((long as { code?: string }).code, "EMSGSIZE");
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
    const error = await assertRejects(() => ask(client, "a", isAnswer), Error);
    assertEquals(error === mistake, true);
  }
  const isNext = (datagram: Uint8Array) => decode(datagram) === "next";
  assertEquals(await ask(client, "next", isNext), "next");
});

Deno.test("UdpClient refuses options that make no sense, and names them", () => {
  const wrong = {
    timeout: [0, -1, NaN, "1"],
    retries: [-1, 0.5, NaN, "2"],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      assertThrows(
        () => connect(FROM, { [name]: value } as UdpClientOptions),
        typeof value === "number" ? RangeError : TypeError,
        `Invalid ${name} ${value}: `,
      );
    }
  }
});

Deno.test("UdpClient goes on when Windows reports an earlier send, and hands on any other error once", async () => {
  const socket = fakeSocket([
    new Error("Input/output error"),
    new Deno.errors.ConnectionReset("(os error 10054)"),
    [encode("here"), FROM],
  ]);
  using client = new UdpClient(FROM, () => socket, PATIENT);
  await assertRejects(() => ask(client, "a"), Error, "Input/output");
  assertEquals(await ask(client, "a"), "here");
});

const [V4, V6] = ["127.0.0.1", "::1"] as const;

/** A client of a name with these addresses, of which the last one is served. */
function named(addresses: string[], options: UdpClientOptions = {}) {
  const sent: string[] = [];
  const locals: string[] = [];
  const served = addresses.slice(-1);
  /** Errors of the next sends. */
  const failures: Error[] = [];
  const openSocket = ({ hostname }: Address): DatagramSocket => {
    locals.push(hostname);
    const answers: [Uint8Array<ArrayBuffer>, Deno.Addr][] = [];
    let arrived = Promise.withResolvers<void>();
    return {
      ...fakeSocket([]),
      async receive() {
        await arrived.promise;
        const [answer, more] = [answers.shift(), answers.length > 0];
        if (!more) arrived = Promise.withResolvers();
        return answer ?? [new Uint8Array(), FROM];
      },
      send(data, to) {
        const failure = failures.shift();
        if (failure !== undefined) return Promise.reject(failure);
        const { hostname } = to as Deno.NetAddr;
        sent.push(hostname);
        if (served.includes(hostname)) {
          answers.push([data.slice(), to]);
          arrived.resolve();
        }
        return Promise.resolve(data.length);
      },
    };
  };
  const client = new UdpClient({ hostname: "name", port: 9 }, openSocket, {
    ...PATIENT,
    lookup: () => Promise.resolve(addresses),
    ...options,
  });
  return { client, locals, sent, served, failures };
}

for (const addresses of [[V6, V4], [V4, V6]] as const) {
  const [first, last] = addresses;
  Deno.test(`UdpClient finds the last of ${addresses.join()} within its first try`, async () => {
    const { client, locals, sent } = named([first, last]);
    assertEquals(await ask(client, "Ann"), "Ann");
    assertEquals(sent, [first, last]);
    assertEquals(locals, [first, last]);
    // The next request goes to the address that has answered, and to no other.
    assertEquals(await ask(client, "Bob"), "Bob");
    assertEquals(sent, [first, last, last]);
  });
}

Deno.test("UdpClient asks the one that answered alone, and all addresses again when that is silent", async () => {
  const { client, sent, served } = named([V6, V4], { timeout: 50, retries: 9 });
  served.unshift(V6);
  await ask(client, "Eve");
  assertEquals([sent.splice(0), served.shift()], [[V6], V6]);
  await ask(client, "Ann");
  served.splice(0, 1, V6);
  sent.length = 0;
  assertEquals(await ask(client, "Bob"), "Bob");
  assertEquals(sent, [V4, V4, V6]);
});

Deno.test("UdpClient passes over an address that cannot be sent to, in this try alone", async () => {
  const { client, sent, served, failures } = named([V6, V4], {
    timeout: 20,
    retries: 2,
  });
  served.length = 0;
  // Of the six sends one in each try fails, and never both.
  failures.push(new Error("first"));
  await assertRejects(() => ask(client, "a"), NoAnswerError);
  assertEquals(sent, [V4, V6, V4, V6, V4]);
  // The one that answered last fails: then the others are asked at once.
  served.push(V4);
  await ask(client, "b");
  sent.length = 0;
  served.push(V6);
  failures.push(new Error("gone"));
  assertEquals(await ask(client, "c"), "c");
  assertEquals(sent, [V6]);
});

Deno.test("UdpClient hands on the first error of a try in which no address can be sent to", async () => {
  const { client, failures } = named([V6, V4], { timeout: 20, retries: 9 });
  failures.push(new Error("first"), new Error("second"));
  await assertRejects(() => ask(client, "a"), Error, "first");
  assertEquals(await ask(client, "a"), "a");
});

Deno.test("UdpClient does not wait for a lookup longer than for all its tries", async () => {
  using client = connect({ hostname: "name", port: 9 }, {
    timeout: 10,
    retries: 1,
    lookup: () => new Promise(() => {}),
  });
  const error = await assertRejects(() => ask(client, "a"), Error);
  assertEquals(
    error.message,
    'No name server has answered for "name" within 0.02 s; ' +
      "check the network, or use an IP address",
  );
});

Deno.test({
  name: "UdpClient passes over addresses that are not allowed, and says which",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    const { client, sent, served } = named([V6, V4], {
      timeout: 10,
      retries: 0,
    });
    await ask(client, "Ann");
    assertEquals(sent, [V4]);
    served.length = 0;
    const error = await assertRejects(() => ask(client, "a"), NoAnswerError);
    assertEquals(
      error.message,
      "No answer to one try of 0.01 s (--allow-net leaves out [::1]:9)",
    );
  },
});

Deno.test({
  name: "UdpClient names all that is needed when no address is allowed",
  permissions: { net: ["127.0.0.1:9"] },
  async fn() {
    const { client } = named([V6, V4, "192.0.2.1"]);
    await assertRejects(
      () => ask(client, "a"),
      NetAccessError,
      'Deno does not allow it; grant "--allow-net=name,[::1]:0,[::1]:9,127.0.0.1:0,127.0.0.1:9,0.0.0.0:0,192.0.2.1:9"',
    );
    const unknown = connect({ hostname: "name", port: 9 });
    await assertRejects(
      () => ask(unknown, "a"),
      NetAccessError,
      "--allow-net=name (and its addresses, which the next run names)",
    );
  },
});

Deno.test("UdpClient sends without waiting to each address, and from the first answer on to that one", async () => {
  const { client, sent } = named([V6, V4]);
  const received = client.receive();
  await client.send(encode("Ann"));
  assertEquals(sent, [V6, V4]);
  assertEquals(await received, encode("Ann"));
  await client.send(encode("Bob"));
  assertEquals(sent, [V6, V4, V4]);
  assertEquals(await client.receive(), encode("Bob"));
  assertEquals(await client.receive(1), undefined);
});

Deno.test("UdpClient does not wait for a datagram if it has no socket", async () => {
  using client = new UdpClient(FROM, () => {
    throw new Error("No file descriptor");
  });
  await assertRejects(
    () => deadline(client.receive(), LIMIT),
    Error,
    "No file descriptor",
  );
});

Deno.test("UdpClient receives from the server alone, and tells of other addresses", async () => {
  const lines: string[] = [];
  const socket = fakeSocket([[encode("x"), FAR], [encode("here"), FROM]]);
  using client = new UdpClient(FROM, () => socket, {
    warn: (line) => lines.push(line),
  });
  assertEquals(await client.receive(), encode("here"));
  assertEquals(lines, [
    "127.0.0.2:9999 answered instead of 127.0.0.1:9999; ask the address that " +
    "answers, or bind the server to the one that is asked",
  ]);
});
