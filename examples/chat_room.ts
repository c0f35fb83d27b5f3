/** Who is in the room, and what a line does, for chat.ts. */
import { foldName, lookOf, readName } from "./chat_names.ts";
import type { SendQueue } from "./send_queue.ts";

const HELP = "* /who, /msg NAME TEXT, /quit; all else goes to everyone";

/** Somebody who is connected; without a name: not in the room yet. */
export interface Member {
  name: string;
  readonly queue: SendQueue;
}

/** A line as bytes; it ends as telnet wants it (RFC 854). */
export const encode = (line: string): Uint8Array =>
  new TextEncoder().encode(`${line}\r\n`);

export class Room {
  /** By their folded names. */
  readonly #members = new Map<string, Member>();

  /** Lets a member in under a name, or says why not. */
  join(typed: string, member: Member): string {
    const name = readName(typed);
    if (name === null) return "* 1 to 20 letters and digits, please";
    const look = lookOf(name);
    const isTaken = this.#members.has(foldName(name)) ||
      this.#members.values().some((other) => lookOf(other.name) === look);
    if (isTaken) return `* ${name} is taken`;
    member.name = name;
    this.#members.set(foldName(name), member);
    this.#tellAll(`* ${name} has joined`, member);
    return HELP;
  }

  leave(member: Member, why: string): void {
    this.#members.delete(foldName(member.name));
    this.#tellAll(`* ${member.name} has left${why}`, member);
  }

  /** Does what a line says; returns the answer. */
  obey(line: string, from: Member): Iterable<string> {
    const [, name = "", text] = /^\/msg\s+(\S+)\s+(.*)/.exec(line) ?? [];
    const to = this.#members.get(foldName(name));
    if (line === "/who") return this.#who();
    if (to) to.queue.send(encode(`[${from.name}] ${text}`));
    else if (name !== "") return [`* There is no ${name}`];
    else if (line.startsWith("/")) return [HELP];
    else if (line !== "") this.#tellAll(`<${from.name}> ${line}`, from);
    return [];
  }

  /** The members, fifty a line. */
  *#who() {
    const names = [...this.#members.values()].map(({ name }) => name);
    while (names.length > 0) yield `* Here: ${names.splice(0, 50).join(", ")}`;
  }

  #tellAll(line: string, except: Member): void {
    const bytes = encode(line); // One copy, however many queues hold it.
    for (const to of this.#members.values()) {
      if (to !== except) to.queue.send(bytes);
    }
  }
}
