import type { Figures } from "./figures.ts";

/** What every measurement needs to know. */
export interface Setting {
  /** Where what was compiled is, and what a measurement leaves lying about. */
  built: string;
  /** Where the figures go. */
  figures: Figures;
  /** How often everything is measured. */
  rounds: number;
  /** How long each measurement of a rate lasts. */
  seconds: number;
  /** How many connections talk at once, one measurement each. */
  connections: number[];
  /** How many connections are held, or come at once. */
  many: number;
  /** How often each program is started. */
  starts: number;
  /** The size of the page that is fetched, in bytes. */
  page: number;
}

/** All of it: more than 20 minutes. */
export const FULL: Omit<Setting, "built" | "figures"> = {
  rounds: 5,
  seconds: 1.5,
  connections: [1, 50, 500, 1_000],
  many: 5_000,
  starts: 40,
  page: 1_000_000_000,
};

/** A look, in less than a minute. */
export const QUICK: typeof FULL = {
  rounds: 1,
  seconds: 0.5,
  connections: [50, 500],
  many: 1_000,
  starts: 5,
  page: 100_000_000,
};
