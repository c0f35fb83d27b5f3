/**
 * Ends what is left of programs, their children too, and removes the folder: when it is
 * closed, and also when this process is killed. It is a process of its own, and does
 * nothing on Windows.
 */
export class Guard {
  readonly #shell: Deno.ChildProcess | undefined;
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #written: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    if (Deno.build.os === "windows") return;
    const program = `while read -r pid; do set -- "$@" "-$pid"; done
[ $# = 0 ] || kill -s KILL -- "$@" 2>/dev/null
rm -rf "$0"`;
    this.#shell = new Deno.Command("sh", {
      args: ["-c", program, folder],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn();
    this.#input = this.#shell.stdin.getWriter();
  }

  /** Takes a process group into its care. */
  add(pid: number): void {
    const line = new TextEncoder().encode(`${pid}\n`);
    this.#written = Promise.all([this.#written, this.#input?.write(line)]);
  }

  async close(): Promise<void> {
    await this.#written;
    await this.#input?.close();
    await this.#shell?.status;
  }
}
