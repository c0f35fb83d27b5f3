import { assertEquals, assertRejects } from "@std/assert";
import type { DatagramSocket } from "../../../lib/net/sockets.ts";
import { NoAnswerError, udpRequest } from "../../../lib/udp/client.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function open() {
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  return Object.assign(socket, { [Symbol.dispose]: () => socket.close() });
}

type Answer = (text: string | Uint8Array) => Promise<unknown>;

/** A server that does with each datagram what the test wants. */
function serve(
  onDatagram: (name: string, answer: Answer, from: Deno.Addr) => unknown,
) {
  const socket = open();
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
        await new Promise((resolve) =>
          arrivals.addEventListener("datagram", resolve, { once: true })
        );
      }
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await serving;
    },
  };
}

const PATIENT = { timeout: 30_000, retries: 0 };

Deno.test("udpRequest returns the server's answer, byte for byte", async () => {
  await using server = serve((name, answer) => answer(`Hello, ${name}!`));
  using socket = open();
  for (const name of ["Sarah", "", "小明", "a".repeat(60_000)]) {
    const answer = await udpRequest(
      socket,
      server.address,
      encode(name),
      PATIENT,
    );
    assertEquals(decode(answer), `Hello, ${name}!`);
  }
});

Deno.test("udpRequest takes the longest answer whole, and an empty one", async () => {
  const answers = [new Uint8Array(65_507).fill(7), new Uint8Array()];
  await using server = serve((name, answer) =>
    answer(answers[Number(name)] ?? "")
  );
  using socket = open();
  for (const [i, expected] of answers.entries()) {
    const request = encode(String(i));
    assertEquals(
      await udpRequest(socket, server.address, request, PATIENT),
      expected,
    );
  }
});

Deno.test("udpRequest asks again until it is answered", async () => {
  let asked = 0;
  await using server = serve(async (name, answer) => {
    if (++asked === 3) await answer(name);
  });
  using socket = open();
  const options = { timeout: 20, retries: 1_000 };
  const answer = await udpRequest(
    socket,
    server.address,
    encode("Sarah"),
    options,
  );
  assertEquals(decode(answer), "Sarah");
});

Deno.test("udpRequest takes an answer to an earlier try", async () => {
  const answers: Answer[] = [];
  await using server = serve(async (_, answer) => {
    answers.push(answer);
    // The first try is answered when the second one has come.
    if (answers.length === 2) await answers[0]?.("late");
  });
  using socket = open();
  const options = { timeout: 20, retries: 1_000 };
  const answer = await udpRequest(socket, server.address, encode("a"), options);
  assertEquals(decode(answer), "late");
});

Deno.test("udpRequest leaves nothing behind that could swallow the next answer", async () => {
  await using server = serve(async (name, answer) => {
    await answer(name);
    await answer(name);
  });
  using socket = open();
  for (let i = 0; i < 50; i++) {
    const expected = `name ${i}`;
    const answer = await udpRequest(socket, server.address, encode(expected), {
      ...PATIENT,
      isAnswer: (datagram) => decode(datagram) === expected,
    });
    assertEquals(decode(answer), expected);
  }
  assertEquals(server.received.length, 50);
});

Deno.test("udpRequest takes no answer from a stranger", async () => {
  using stranger = open();
  await using server = serve(async (_, answer, sender) => {
    await stranger.send(encode("me!"), sender);
    await answer("the server");
  });
  using socket = open();
  const request = encode("who?");
  const answer = await udpRequest(socket, server.address, request, PATIENT);
  assertEquals(decode(answer), "the server");
});

Deno.test("udpRequest gives up after all its tries", async () => {
  for (
    const [retries, message] of [
      [0, "No answer to one try of 0.01 s"],
      [2, "No answer to 3 tries of 0.01 s each"],
    ] as const
  ) {
    await using server = serve(() => {});
    using socket = open();
    const options = { timeout: 10, retries };
    const error = await assertRejects(
      () => udpRequest(socket, server.address, encode("Sarah"), options),
      NoAnswerError,
      message,
    );
    assertEquals(error.tries, retries + 1);
    await server.has(retries + 1);
    assertEquals(server.received, Array(retries + 1).fill("Sarah"));
  }
});

Deno.test("udpRequest ends with the reason of its signal", async () => {
  const stop = new AbortController();
  await using server = serve(() => stop.abort(new Error("Enough")));
  using socket = open();
  const ask = () =>
    udpRequest(socket, server.address, encode("Sarah"), {
      // Longer than the test may take: the time-out cannot be what ends it.
      timeout: 2 ** 31 - 1,
      retries: 0,
      signal: stop.signal,
    });
  await assertRejects(ask, Error, "Enough");
});

Deno.test("udpRequest sends nothing when its signal is already aborted", async () => {
  const server = { hostname: "127.0.0.1", port: 9 };
  let calls = 0;
  const count = () => {
    calls++;
    return Promise.reject(new Error("Not to be called"));
  };
  const socket: DatagramSocket = {
    addr: { transport: "udp", ...server },
    receive: count,
    send: count,
    close() {},
  };
  const signal = AbortSignal.abort(new Error("Enough"));
  await assertRejects(
    () => udpRequest(socket, server, encode("a"), { ...PATIENT, signal }),
    Error,
    "Enough",
  );
  assertEquals(calls, 0);
});

Deno.test("udpRequest hands on what the socket and isAnswer throw", async () => {
  await using server = serve((name, answer) => answer(name));
  using socket = open();
  const tooLong = new Uint8Array(65_508);
  await assertRejects(
    () => udpRequest(socket, server.address, tooLong, PATIENT),
    Error,
    "too long",
  );
  for (
    const mistake of [
      new RangeError("Mistaken"),
      // These two mean something else when socket or deadline throw them.
      new Deno.errors.ConnectionReset("Mistaken"),
      new DOMException("Mistaken", "TimeoutError"),
    ]
  ) {
    using other = open();
    const isAnswer = () => {
      throw mistake;
    };
    const options = { ...PATIENT, isAnswer };
    const error = await assertRejects(
      () => udpRequest(other, server.address, encode("a"), options),
      Error,
    );
    assertEquals(error === mistake, true);
  }
});

Deno.test("udpRequest does not take a wrong timeout for one that has passed", async () => {
  await using server = serve(() => {});
  using socket = open();
  const options = { timeout: -1, retries: 0 };
  await assertRejects(
    () => udpRequest(socket, server.address, encode("a"), options),
    TypeError,
  );
});

Deno.test("udpRequest goes on when the system reports that nobody was there", async () => {
  const server = { hostname: "127.0.0.1", port: 9 };
  const from: Deno.NetAddr = { transport: "udp", ...server };
  const reports = [
    new Deno.errors.ConnectionReset("(os error 10054)"),
    new Deno.errors.ConnectionRefused("(os error 111)"),
  ];
  const socket: DatagramSocket = {
    addr: from,
    receive() {
      const report = reports.shift();
      return report === undefined
        ? Promise.resolve([encode("here"), from])
        : Promise.reject(report);
    },
    send: (p) => Promise.resolve(p.length),
    close() {},
  };
  const answer = await udpRequest(socket, server, encode("a"), PATIENT);
  assertEquals(decode(answer), "here");
});
