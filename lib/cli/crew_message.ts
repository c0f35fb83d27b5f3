/** What the first of a crew tells another, which is a Worker. */
export type ToMember<T> =
  | { type: "begin"; options: T; size: number; memory: SharedArrayBuffer }
  | { type: "wake" }
  | { type: "stop" };

/** What a Worker of a crew tells the first. */
export type FromMember =
  | { type: "hears" }
  | { type: "listens" }
  | { type: "free" }
  | { type: "print" | "note" | "trace"; line: string }
  | { type: "ended"; failure: string | null };
