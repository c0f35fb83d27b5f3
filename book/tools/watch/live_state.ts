/**
 * What the page of `deno task watch` gets, and what it sends. The page uses this in the
 * browser, so it imports nothing but types.
 */
import type { Kind, RecordedRun } from "../record/recording.ts";

/** What a network does to datagrams, in each direction. */
export interface Conditions {
  /** How many are lost, in percent. */
  loss: number;
  /** How many are delivered twice, in percent. */
  duplication: number;
  /** How long each is on its way, in milliseconds. */
  delay: number;
}

/** Why a run was ended. */
export type Reason = "stop" | "limit" | "too much";

/** A program of a run. */
export interface LiveProgram {
  name: string;
  command: string;
  hasStarted: boolean;
  hasEnded: boolean;
}

/** What the page shows. */
export interface LiveState {
  /** The number of the run; 0 before the first one. */
  number: number;
  programs: LiveProgram[];
  isRunning: boolean;
  /** Left out if the programs have ended by themselves. */
  reason?: Reason;
  /** What is done to datagrams, if any are exchanged. */
  conditions?: Conditions;
  /** What has been recorded so far. */
  run?: RecordedRun;
}

/** What the page is made of. */
export interface PageData {
  choices: { name: string; kinds: Kind[]; isUdp: boolean }[];
  /** The commands that stand in the field for the reader's own. */
  own: string;
  /** After how many seconds a run is ended. */
  limit: number;
}

/** The name of the choice of the reader's own commands. */
export const OWN = "own";

/** What the reader wants to be done. */
export type Action =
  | {
    do: "start";
    choice: string;
    kind: Kind;
    /** The commands, if the choice is {@linkcode OWN}. */
    commands: string;
    conditions: Conditions;
  }
  | { do: "stop" }
  | { do: "type"; program: number; line: string }
  | { do: "end input"; program: number }
  | { do: "interrupt"; program: number }
  | { do: "set"; conditions: Conditions };
