/** A fenced code block of a chapter: between lines of three backticks. */
export interface Fence {
  /** Where it begins, counted from 1. */
  line: number;
  /** The words after the backticks: the language, and then what is shown. */
  info: string[];
  /** Its lines. */
  body: string[];
}

/** A part of a chapter: a line of text, or a fence. */
export type Part = string | Fence;

/**
 * Splits a chapter into lines and fences.
 *
 * @param text The text of its file.
 * @returns Its parts in their order.
 *
 * @example
 * ```ts
 * import { joinFences, splitFences } from "./fences.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const ticks = "`".repeat(3);
 * const text = `# A\n\n${ticks}ts a.ts f > g\ng();\n${ticks}\n`;
 * const parts = splitFences(text);
 * assertEquals(parts[2], {
 *   line: 3,
 *   info: ["ts", "a.ts", "f", ">", "g"],
 *   body: ["g();"],
 * });
 * assertEquals(joinFences(parts), text);
 * ```
 */
export function splitFences(text: string): Part[] {
  const parts: Part[] = [];
  let fence: Fence | null = null;
  for (const [i, line] of text.split("\n").entries()) {
    if (fence !== null) {
      if (line === "```") fence = null;
      else fence.body.push(line);
    } else if (line.startsWith("```")) {
      fence = { line: i + 1, info: line.slice(3).split(" "), body: [] };
      parts.push(fence);
    } else parts.push(line);
  }
  return parts;
}

/** The text of a chapter's parts. */
export function joinFences(parts: Part[]): string {
  return parts.flatMap((part) =>
    typeof part === "string"
      ? [part]
      : ["```" + part.info.join(" "), ...part.body, "```"]
  ).join("\n");
}

/** The fences alone. */
export function fencesOf(parts: Part[]): Fence[] {
  return parts.filter((part) => typeof part !== "string");
}
