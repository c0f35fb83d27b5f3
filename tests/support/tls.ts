/** TLS with the certificate of `tests/support/tls`. */

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
