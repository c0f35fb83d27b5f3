/** What has arrived at the ends of the links of a run, and how each direction ended. */
import {
  type Call,
  isRead,
  isSend,
  item,
  type RecordedRun,
} from "./recording.ts";

export type Side = 0 | 1;

const SIDES: readonly Side[] = [0, 1];

/** How many later datagrams are read before one is taken for lost. */
const LATEST = 64;

/** What one end of a connection tells the other one. */
export interface Signal {
  link: number;
  side: Side;
  /** It will send no more, or the connection is broken off. */
  kind: "FIN" | "RST";
  /** The bytes that it had not read, which a reset throws away. */
  lost: number;
  /** Whether it still reads. */
  isHalf: boolean;
  /** Whether the other direction has ended before. */
  isLast: boolean;
}

/** Bytes that are on their way. */
export interface Piece {
  n: number;
  data: string;
}

/** One end of a link. */
export interface End {
  /** Whether there is a socket. */
  isMade: boolean;
  /** Whether the program has it: a server has it from `accept`. */
  isAccepted: boolean;
  /** Whether it has sent FIN, has got FIN, and has read the end of input. */
  hasSentEnd: boolean;
  hasEnd: boolean;
  hasReadEnd: boolean;
  isClosed: boolean;
  isReset: boolean;
  /** How many bytes have arrived and have not been read; and which, as they were sent. */
  unread: number;
  pieces: Piece[];
  /** How many bytes were read before it was seen that they were sent. */
  early: number;
  /** How many datagrams were read while an older one was there. */
  passed: number;
}

/** What a step does to the ends of links. */
interface Act {
  readonly at: number;
  readonly program: number;
  readonly what: string;
  readonly call?: Call;
  signals: Signal[];
  left: number;
  isUnheard: boolean;
}

/** The ends of the links of a run, two of each, while its steps happen. */
export class Ends {
  /** The most bytes that a program has had unread so far. */
  most = 0;
  readonly #run: RecordedRun;
  #ends: End[] = [];
  /** The places of each program's ends. */
  readonly #endsOf: number[][];
  /** The unread bytes that a program has from another one. */
  #held: Map<number, number>[] = [];
  /** When each port was bound. */
  readonly #bound = new Map<string, number>();
  /** When each end is used for the last time. */
  readonly #used: number[] = [];

  constructor(run: RecordedRun) {
    this.#run = run;
    this.#endsOf = run.programs.map(() => []);
    for (const [l, { programs }] of run.links.entries()) {
      for (const side of SIDES) {
        this.#endsOf[programs[side] ?? -1]?.push(2 * l + side);
      }
    }
    for (const { program, op, port, error, begin, link, side } of run.calls) {
      if (link !== undefined && side !== undefined) {
        this.#used[2 * link + side] = begin;
      }
      if (op !== "bind" && op !== "listen" || error !== undefined) continue;
      const key = `${program} ${port}`;
      if (!this.#bound.has(key)) this.#bound.set(key, begin);
    }
    this.restart();
  }

  /** Begins again, before the first step. */
  restart(): void {
    this.#held = this.#run.programs.map(() => new Map());
    this.#ends = this.#run.links.flatMap(({ transport }) => {
      const isUdp = transport === "UDP";
      return SIDES.map(() => ({
        ...{ isMade: isUdp, isAccepted: isUdp, isClosed: false },
        ...{ hasSentEnd: false, hasEnd: false, hasReadEnd: false },
        ...{ isReset: false, unread: 0, pieces: [], early: 0, passed: 0 },
      }));
    });
  }

  end(place: number): End {
    return item(this.#ends, place);
  }

  held(program: number, from: number): number {
    return this.#held[program]?.get(from) ?? 0;
  }

  accepted(program: number, at: number): { ever: number; served: number } {
    const all = item(this.#endsOf, program)
      .filter((place) => place % 2 === 1 && this.end(place).isAccepted);
    // One that is never closed is not served for ever.
    const served = all.filter((place) =>
      !this.end(place).isClosed && (this.#used[place] ?? 0) > at
    );
    return { ever: all.length, served: served.length };
  }

  /** What a step does to the ends of the links. */
  act(step: Act): void {
    const { call, what, program } = step;
    step.signals = [];
    if (what === "exit") {
      for (const place of item(this.#endsOf, program)) {
        if (this.end(place).isMade) this.#leave(step, place);
      }
    }
    if (call?.link === undefined || call.side === undefined) return;
    if (call.error !== undefined) return;
    const { op, link, side, n = 0, data = "" } = call;
    const { transport, ports } = item(this.#run.links, link);
    const isUdp = transport === "UDP";
    const place = 2 * link + side;
    const [own, peer] = [this.end(place), this.end(place ^ 1)];
    if (op === "accept" || op === "connect" && !isUdp) {
      own.isMade = own.isAccepted = true;
      if (op === "connect") peer.isMade = true;
    } else if (isSend(call) || op === "doubled") {
      step.isUnheard = !this.#hears(place ^ 1, step.at);
      if (step.isUnheard || n === 0) return;
      peer.pieces.push({ n, data });
      this.#count(place ^ 1, n);
      this.#read(place ^ 1, 0);
    } else if (op === "lost") this.#drop(place ^ 1, { n, data });
    else if (isRead(call)) {
      if (call.isEnd) {
        // Its program has ended, which is noticed later.
        if (!isUdp && !own.hasEnd && !own.isReset) {
          this.#finish(step, place ^ 1);
          this.#close(place ^ 1);
        }
        own.hasReadEnd = true;
      }
      if (isUdp) this.#drop(place, { n, data });
      else this.#read(place, n);
      step.left = own.unread;
    } else if (op === "close") {
      const sockets = isUdp
        ? item(this.#endsOf, program).filter((place) =>
          item(this.#run.links, place >> 1).ports[place % 2] === ports[side]
        )
        : [place];
      for (const place of sockets) this.#leave(step, place, call.reset);
    } else if (op === "closeWrite" || op === "shutdown") {
      if (!own.hasSentEnd && !own.isReset) this.#finish(step, place, true);
    }
  }

  /** Whether there is a socket that bytes can arrive at. */
  #hears(place: number, at: number): boolean {
    const { transport, programs, ports } = item(this.#run.links, place >> 1);
    const program = item(programs, place % 2);
    if (this.end(place).isClosed) return false;
    if (transport === "TCP" || program === null) return true;
    const { begin, end = Infinity } = item(this.#run.programs, program);
    const bound = this.#bound.get(`${program} ${ports[place % 2]}`) ?? begin;
    return bound <= at && at < end;
  }

  /** Counts bytes that arrive at an end, or are gone from it. */
  #count(place: number, n: number): void {
    this.end(place).unread += n;
    const { programs } = item(this.#run.links, place >> 1);
    const [to, from] = [programs[place % 2], programs[1 - place % 2]];
    if (to == null || from == null) return;
    const held = this.held(to, from) + n;
    this.#held[to]?.set(from, held);
    this.most = Math.max(this.most, held);
  }

  /** Takes bytes of a stream away; those that are not there yet once they are. */
  #read(place: number, n: number): void {
    const end = this.end(place);
    end.early += n;
    for (
      let [first] = end.pieces;
      first && end.early > 0;
      [first] = end.pieces
    ) {
      const part = Math.min(end.early, first.n);
      if (part === first.n) end.pieces.shift();
      else {
        const data = first.data.slice(2 * part);
        end.pieces[0] = { n: first.n - part, data };
      }
      end.early -= part;
      this.#count(place, -part);
    }
  }

  /**
   * Takes a datagram away: it was read, or it is lost. Of a program that has moved much,
   * fewer bytes are kept.
   */
  #drop(place: number, { n, data }: Piece): void {
    const end = this.end(place);
    const isSame = (piece: Piece) =>
      piece.n === n &&
      (piece.data.startsWith(data) || data.startsWith(piece.data));
    const i = end.pieces.findIndex(isSame);
    if (i === -1) return;
    end.passed = i === 0 ? 0 : end.passed + 1;
    const gone = end.passed > LATEST
      ? end.pieces.splice(0, i + 1)
      : end.pieces.splice(i, 1);
    for (const { n } of gone) this.#count(place, -n);
  }

  /** One end is closed: so its other end gets FIN, or a reset. */
  #leave(step: Act, place: number, isReset = false): void {
    const { isClosed, isReset: wasReset, hasSentEnd } = this.end(place);
    if (isClosed) return;
    const lost = this.#close(place);
    const isUdp = item(this.#run.links, place >> 1).transport === "UDP";
    if (isUdp || wasReset) return;
    if (isReset || lost > 0) {
      this.#signal(step, place, "RST", lost);
      this.end(place ^ 1).isReset = true;
    } else if (!hasSentEnd) this.#finish(step, place);
  }

  /** Closes an end, and gives the number of bytes that will never be read. */
  #close(place: number): number {
    const end = this.end(place);
    const lost = end.unread;
    end.isClosed = true;
    if (lost === 0) return 0;
    end.pieces = [];
    this.#count(place, -lost);
    return lost;
  }

  /** One end sends no more. */
  #finish(step: Act, place: number, isHalf = false): void {
    this.#signal(step, place, "FIN", 0, isHalf);
    this.end(place).hasSentEnd = true;
    this.end(place ^ 1).hasEnd = true;
  }

  #signal(
    step: Act,
    place: number,
    kind: Signal["kind"],
    lost: number,
    isHalf = false,
  ): void {
    const isLast = this.end(place ^ 1).hasSentEnd;
    const side = item(SIDES, place % 2);
    step.signals.push({ link: place >> 1, side, kind, lost, isHalf, isLast });
  }
}
