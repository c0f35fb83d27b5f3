/**
 * Reads the file that is sent.
 */
import { CommandError, type Context } from "../../lib/cli/mod.ts";
import { printable } from "../../lib/text/mod.ts";
import { MAX_DATA, MAX_WINDOW } from "./packet.ts";

/** The content of a file, in pieces that fit into a packet. */
export class Source {
  readonly #buffer = new Uint8Array(MAX_WINDOW * MAX_DATA);
  #rest = new Uint8Array();
  #bytes = 0;

  /** `size` is what a regular file has at least. */
  constructor(
    private readonly path: string,
    private readonly file: Deno.FsFile,
    private readonly size: number | null,
    private readonly progress: Context["progress"],
  ) {}

  /** The next piece; `null` at the end. A file that was cut meanwhile is an error. */
  async read(): Promise<Uint8Array | null> {
    if (this.#rest.length === 0) {
      const size = await this.file.read(this.#buffer);
      if (size === null) return this.#end();
      this.#rest = this.#buffer.slice(0, size);
      this.#bytes += size;
    }
    const data = this.#rest.subarray(0, MAX_DATA);
    this.#rest = this.#rest.subarray(MAX_DATA);
    this.progress(data.length, this.size);
    return data;
  }

  #end(): null {
    if (this.#bytes >= (this.size ?? 0)) return null;
    const size = `${this.#bytes} of ${this.size} bytes`;
    throw new CommandError(
      `"${
        printable(this.path)
      }" ended after ${size}: it was cut while it was sent`,
    );
  }
}
