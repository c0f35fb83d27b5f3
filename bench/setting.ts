import type { Figures } from "./report/figures.ts";

/** What every measurement needs. */
export interface Setting {
  /** The folder with the compiled programs, and for temporary files. */
  built: string;
  /** Where the figures are collected. */
  figures: Figures;
  /** How often everything is measured. */
  rounds: number;
  /** How long each measurement of a rate lasts. */
  seconds: number;
  /** Numbers of busy connections, one measurement each. */
  connections: number[];
  /** How many idle connections are held, or new ones opened at once. */
  many: number;
  /** How often each program is started. */
  starts: number;
  /** The size of the fetched page, in bytes. */
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
