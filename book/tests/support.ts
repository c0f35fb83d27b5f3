import { python } from "../../tests/support/python.ts";
import { Process, ROOT } from "../../tests/support/mod.ts";
import { pagesIn } from "../tools/docs/pages.ts";

/** What the tests of the book take from the project's helpers for tests. */
export { makeCertificate, noOpenssl } from "../../tests/support/tls.ts";
export { bounded, connect } from "../../tests/support/connection.ts";
export * from "../../tests/support/example.ts";
export { TransferFolder } from "../../tests/support/file_transfer.ts";
export { hasIPv6 } from "../../tests/support/ipv6.ts";
export * from "../../tests/support/mod.ts";
export {
  connectAndReset,
  ends,
  isGreeted,
  resetBeforeAccept,
  visit,
} from "../../tests/support/tcp_peers.ts";
export * from "../../tests/support/skip.ts";
export { python } from "../../tests/support/python.ts";
export { startServer, stop } from "../../tests/support/scripts.ts";
export { decode, encode } from "../../tests/support/bytes.ts";

/** The programs of the chapters, by their paths from the root of the project. */
export function bookPrograms(): string[] {
  return pagesIn("en", ROOT).filter(({ name }) => name !== "")
    .flatMap(({ name }) => programsIn(`book/${name}/`));
}

function programsIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(new URL(folder, ROOT))).flatMap((entry) =>
    entry.isDirectory
      ? programsIn(`${folder}${entry.name}/`)
      : /\.(?:ts|py)$/.test(entry.name)
      ? [`${folder}${entry.name}`]
      : []
  );
}

/** Runs a program of the tutorial, which has address and port in its code, on a port. */
const TUTORIAL = `import runpy, socket, sys
port = int(sys.argv[1])
class Socket(socket.socket):
    def bind(self, address): super().bind(("127.0.0.1", port))
    def connect(self, address): super().connect(("127.0.0.1", port))
    def sendto(self, data, address):
        known = address[1] == 9999
        return super().sendto(data, ("127.0.0.1", port) if known else address)
socket.socket = Socket
runpy.run_path(sys.argv[2], run_name="__main__")`;

/**
 * Runs a listing of the tutorial.
 *
 * @param path Its file, as a path from the root of the project.
 * @param port What it uses in place of its own port.
 * @param cwd The folder in which it runs.
 */
export function runTutorial(
  path: string,
  port: number,
  cwd: string | URL = ROOT,
): Process {
  const file = new URL(path, ROOT);
  const name = Deno.build.os === "windows"
    ? file.pathname.slice(1)
    : file.pathname;
  const words = ["-uX", "utf8", "-c", TUTORIAL, String(port), name];
  return Process.start(python ?? "python3", words, { cwd });
}
