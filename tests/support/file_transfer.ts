import { assertEquals } from "@std/assert";
import type { Process } from "./process.ts";
import { boundPort, deno } from "./scripts.ts";
import { type Delay, UdpRelay, type Way } from "./udp_relay.ts";

const FOLDER = "examples/file/";

/** A folder with a file to send, and room for its copy. */
export class TransferFolder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();
  readonly file = `${this.path}/file`;
  readonly copy = `${this.path}/copy`;
  readonly bytes: Uint8Array;

  /** Writes a random file of this size. */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 65_536) {
      crypto.getRandomValues(this.bytes.subarray(at, at + 65_536));
    }
    Deno.writeFileSync(this.file, this.bytes);
  }

  /** Starts a sender. */
  send(port: number, args: string[] = [], script = "send_file.ts"): Process {
    return deno(FOLDER + script, [`--port=${port}`, ...args, this.file], {
      allow: ["net=127.0.0.1,[::1],localhost", `read=${this.file}`],
    });
  }

  /** Starts a receiver: the process, and its port. */
  async receive(
    args: string[] = [],
    script = "receive_file.ts",
  ): Promise<[Process, number]> {
    const paths = `${this.copy},${this.copy}.part`;
    const process = deno(
      FOLDER + script,
      ["--port=0", ...args, this.copy],
      {
        allow: [
          "net=127.0.0.1,0.0.0.0,[::1]",
          `read=${paths}`,
          `write=${paths}`,
        ],
      },
    );
    return [process, await boundPort(process)];
  }

  /** Checks that the copy is there and the same, and nothing else has been left. */
  async assertArrived(): Promise<void> {
    assertEquals(await this.#names(), ["copy", "file"]);
    const sums = [this.bytes, await Deno.readFile(this.copy)].map(sha256);
    const [sent, received] = await Promise.all(sums);
    assertEquals(received, sent);
  }

  /** Checks that there is no copy, and no part of one. */
  async assertNothing(): Promise<void> {
    assertEquals(await this.#names(), ["file"]);
  }

  async #names(): Promise<string[]> {
    const entries = await Array.fromAsync(Deno.readDir(this.path));
    return entries.map(({ name }) => name).sort();
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const copy = new Uint8Array(bytes); // Its buffer is not shared.
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy)).toHex();
}

/** How a {@linkcode transfer} begins. */
export interface TransferOptions {
  /** The size of the file, in bytes. */
  size?: number;
  /** What happens to each datagram. */
  way?: Way;
  /** How long it is on its way. */
  delay?: Delay;
  /** Arguments of both programs, of the sender, and of the receiver. */
  args?: string[];
  sendArgs?: string[];
  receiveArgs?: string[];
  sender?: string;
  receiver?: string;
  /** What is done with the folder before. */
  before?: (folder: TransferFolder) => void;
}

/** A file that is sent through a relay. */
export interface Transfer extends AsyncDisposable {
  folder: TransferFolder;
  receiving: Process;
  /** The receiver's port. */
  port: number;
  relay: UdpRelay;
  sending: Process;
  /** Waits until both programs have ended well, and checks that the file is there. */
  done(): Promise<void>;
}

/** Begins to send a file. */
export async function transfer(
  { size = 0, way, delay, args = [], before, ...options }: TransferOptions = {},
): Promise<Transfer> {
  const { sendArgs = [], receiveArgs = [], sender, receiver } = options;
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(new TransferFolder(size));
  before?.(folder);
  const receive = [...args, ...receiveArgs];
  const [receiving, port] = await folder.receive(receive, receiver);
  stack.use(receiving);
  const relay = stack.use(new UdpRelay(port, way, delay));
  const send = [...args, ...sendArgs];
  const sending = stack.use(folder.send(relay.port, send, sender));
  const moved = stack.move();
  return {
    ...{ folder, receiving, port, relay, sending },
    async done() {
      for (const process of [sending, receiving]) {
        const { code, stderr } = await process.ended();
        assertEquals([code, stderr], [0, ""]);
      }
      await folder.assertArrived();
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
