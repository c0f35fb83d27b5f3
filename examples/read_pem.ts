/** Reads the files of a certificate, for tls_server.ts. */
import { CommandError, openFile } from "../lib/cli/mod.ts";
import { quote } from "../lib/text/mod.ts";

/**
 * Reads a file in PEM. It may have a byte order mark, which editors on Windows write.
 *
 * @throws {CommandError} If it cannot be read, does not hold what is expected, or holds
 * a key that a password protects.
 */
export async function readPem(
  path: string,
  what: "CERTIFICATE" | "PRIVATE KEY",
): Promise<string> {
  using file = await openFile(path);
  const pem = await new Response(file.readable).text(); // Without that mark.
  const name = quote(path);
  if (!new RegExp(`^-----BEGIN .*${what}-----`, "m").test(pem)) {
    throw new CommandError(`${name} holds no ${what.toLowerCase()} in PEM`);
  }
  if (!/^(?:-----BEGIN|Proc-Type: 4,).*ENCRYPTED/m.test(pem)) return pem;
  throw new CommandError(
    `The key in ${name} is encrypted; decrypt it with openssl pkey -in ${name} -out plain.pem`,
  );
}
