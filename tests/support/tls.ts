/** TLS with the certificate of `tests/support/tls`, or with one made by openssl. */

import { run, works } from "./process.ts";
import { ROOT } from "./scripts.ts";
import type { Reason } from "./skip.ts";

const file = (name: string) =>
  Deno.readTextFileSync(new URL(`./tls/${name}`, import.meta.url));

/** What a program's environment needs to trust the certificate. */
export const TRUST = { DENO_CERT: "tests/support/tls/authority.pem" };

/** Listens as `localhost`. */
export function listenTls(): Deno.TlsListener {
  return Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: file("localhost.pem"),
    key: file("localhost.key"),
  });
}

/** Why a test that needs openssl is skipped. */
export const noOpenssl: Reason = !works("openssl", "version") && "no openssl";

/** A folder with cert.pem and key.pem, removed with the block. */
export interface Certificate extends AsyncDisposable {
  dir: string;
}

/**
 * Makes a certificate with the line that the header of tls_server.ts shows.
 *
 * @param change Changes a part of the line.
 */
export async function makeCertificate(
  change: (line: string) => string = (line) => line,
): Promise<Certificate> {
  const path = "examples/tls_server.ts";
  const text = await Deno.readTextFile(new URL(path, ROOT));
  const line = /^ \* {5}(openssl req .*)$/m.exec(text)?.[1];
  if (line === undefined) throw new Error(`No line in ${path} runs openssl`);
  const dir = await Deno.makeTempDir();
  const words = change(line).replaceAll(`"`, "").split(" ");
  const [program = "", ...args] = words;
  await run(program, args, { cwd: dir });
  return {
    dir,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}
