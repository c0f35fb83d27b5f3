/** Telnet's commands (RFC 854), for chat.ts. */
import type { Reader } from "../lib/io/mod.ts";

const [SE, ARE_YOU_THERE, SB, WILL, WONT, DO, DONT, IAC] = //
  [240, 246, 250, 251, 252, 253, 254, 255] as const;
const [NUL, LF, CR] = [0x00, 0x0a, 0x0d];

/** What the next byte is; `WILL` to `DONT`: the option of that command. */
type State = "data" | "command" | "parameters" | "end of parameters" | number;

/**
 * Reads what a person types at `telnet`, without the commands of the program itself:
 * at Ctrl-C it asks for a sign (`ff fd 06`), and shows nothing until that has come.
 * Each option is refused, so that telnet goes on as it is.
 */
export class TelnetReader implements Reader {
  readonly #reader: Reader;
  readonly #reply: (bytes: Uint8Array) => void;
  #state: State = "data";
  #last = NUL;

  /** Reads from `reader`; `reply` takes the answers to commands. */
  constructor(reader: Reader, reply: (bytes: Uint8Array) => void) {
    this.#reader = reader;
    this.#reply = reply;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (let n; (n = await this.#reader.read(buffer)) !== null;) {
      let kept = 0;
      for (const byte of buffer.subarray(0, n)) {
        const data = this.#next(byte);
        if (data !== null) buffer[kept++] = data;
      }
      if (kept > 0) return kept;
    }
    return null;
  }

  /** The byte that was typed; `null` within a command, wherever the network cuts it. */
  #next(byte: number): number | null {
    const state = this.#state;
    if (state === "data" && byte !== IAC) {
      const isEnter = byte === NUL && this.#last === CR;
      this.#last = byte;
      return isEnter ? LF : byte;
    }
    this.#state = this.#after(state, byte);
    return state === "command" && byte === IAC ? IAC : null; // Sent twice: a byte 255.
  }

  #after(state: State, byte: number): State {
    if (state === "data") return "command";
    if (state === "parameters") {
      return byte === IAC ? "end of parameters" : "parameters";
    }
    if (state === "end of parameters") {
      return byte === SE ? "data" : "parameters";
    }
    if (state === "command") {
      if (byte === SB) return "parameters";
      if (byte >= WILL && byte <= DONT) return byte;
      if (byte === ARE_YOU_THERE) {
        this.#reply(new TextEncoder().encode("* Yes\r\n"));
      }
      return "data";
    }
    // WONT and DONT need no answer: nothing was asked for.
    if (state === WILL) this.#reply(new Uint8Array([IAC, DONT, byte]));
    if (state === DO) this.#reply(new Uint8Array([IAC, WONT, byte]));
    return "data";
  }
}
