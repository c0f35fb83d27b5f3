/** What is said of certificates that people make with openssl. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { explainError } from "../../../lib/cli/errors.ts";

/** A certificate and its key, in PEM. */
interface Certificate {
  cert: string;
  key: string;
}

/** Makes what `openssl req -x509` makes with more options, and `null` without openssl. */
async function certificate(...options: string[]): Promise<Certificate | null> {
  const dir = await Deno.makeTempDir();
  try {
    const { success, stderr } = await new Deno.Command("openssl", {
      args: [
        ..."req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem"
          .split(" "),
        ..."-days 30 -subj /CN=localhost".split(" "),
        ...options,
      ],
      cwd: dir,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return {
      cert: await Deno.readTextFile(`${dir}/cert.pem`),
      key: await Deno.readTextFile(`${dir}/key.pem`),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Shakes hands with a server that has this certificate; trusts it, as `--cert` does. */
async function shakeHands(hostname: string, own: Certificate): Promise<void> {
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...own });
  const accepted = listener.accept();
  try {
    using conn = await Deno.connectTls({
      hostname,
      port: listener.addr.port,
      caCerts: [own.cert],
    });
    await conn.handshake();
  } finally {
    (await accepted).close();
  }
}

/** What is said when that fails. */
async function refusal(hostname: string, own: Certificate): Promise<string> {
  const error = await assertRejects(
    () => shakeHands(hostname, own),
    Deno.errors.InvalidData,
  );
  const attempt = { action: "talk to", transport: "TLS", port: 443 } as const;
  return explainError(error, { ...attempt, hostname }).message;
}

const plain = await certificate();

for (const [hostname, san] of [["localhost", "DNS"], ["127.0.0.1", "IP"]]) {
  if (hostname === undefined) continue;
  Deno.test({
    name:
      `the advice for a plain self-signed certificate of ${hostname} works` +
      (plain === null ? " (skipped: needs openssl)" : ""),
    ignore: plain === null,
    async fn() {
      if (plain === null) return;
      const said = await refusal(hostname, plain);
      assertStringIncludes(said, "CaUsedAsEndEntity");
      const options = said.match(/-addext \S+/g) ?? [];
      assertEquals(options, [
        "-addext basicConstraints=critical,CA:FALSE",
        `-addext subjectAltName=${san}:${hostname}`,
      ]);
      const better = await certificate(
        ...options.flatMap((option) => option.split(" ")),
      );
      if (better !== null) await shakeHands(hostname, better);
    },
  });
}

Deno.test({
  name: "a certificate without a name is explained" +
    (plain === null ? " (skipped: needs openssl)" : ""),
  ignore: plain === null,
  async fn() {
    const nameless = await certificate(
      "-addext",
      "basicConstraints=critical,CA:FALSE",
    );
    if (nameless === null) return;
    assertStringIncludes(
      await refusal("localhost", nameless),
      "; openssl req -x509 names the server with -addext subjectAltName=DNS:localhost",
    );
  },
});

Deno.test("a certificate that has expired is explained", () => {
  const error = new Deno.errors.InvalidData(
    "invalid peer certificate: certificate expired: verification time 1795603200 (UNIX), but certificate is not valid after 1580515200 (1215087 seconds ago)",
  );
  const attempt = { action: "talk to", transport: "TLS" } as const;
  assertStringIncludes(
    explainError(error, { ...attempt, hostname: "localhost", port: 443 })
      .message,
    "invalid peer certificate: certificate expired; renew it, or check the clock of this machine",
  );
});
