import { run } from "../../../tests/support/mod.ts";

/**
 * A folder that looks like another one, for a session that makes files: it has links
 * to all that is there, and what is made goes away with it.
 *
 * Deno would need to write to every temporary folder, so it is made as in a shell.
 */
export class OwnFolder implements AsyncDisposable {
  /** The folder. */
  readonly url: URL;
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
    this.url = new URL(`file://${path}/`);
  }

  /**
   * Makes one.
   *
   * @param root The folder that it looks like.
   */
  static async like(root: URL): Promise<OwnFolder> {
    const path = (await run("mktemp", ["--directory"])).trim();
    const entries = await Array.fromAsync(Deno.readDir(root));
    const paths = entries.map(({ name }) => new URL(name, root).pathname);
    await run("ln", ["--symbolic", ...paths, path]);
    return new OwnFolder(path);
  }

  /** Removes it with all that was made in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await run("rm", ["--recursive", this.#path]);
  }
}
