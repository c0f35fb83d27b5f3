import { type Language, WORDS } from "./languages.ts";

/** What a line of a terminal is. */
export interface TerminalLine {
  /** Typed, printed by a program, or written by the book (`^C`, a status). */
  kind: "command" | "output" | "note";
  /** How many characters at its start are the prompt. */
  prompt: number;
}

/**
 * Tells what was typed from what came out: a command begins with `$ `, and with
 * `> ` each further line of one whose quotes are still open.
 */
export function terminalLines(lines: string[]): TerminalLine[] {
  let isOpen = false;
  return lines.map((line) => {
    const prompt = isOpen ? "> " : "$ ";
    if (line.startsWith(prompt)) {
      // An odd number of quotes opens a quotation, or ends it.
      if (line.split("'").length % 2 === 0) isOpen = !isOpen;
      return { kind: "command", prompt: prompt.length };
    }
    const isNote = line === "^C" || /^\(exit status \d+\)$/.test(line);
    return { kind: isNote ? "note" : "output", prompt: 0 };
  });
}

/** The commands of a terminal, as they are typed. */
export function commandsOf(lines: string[]): string {
  const kinds = terminalLines(lines);
  return lines.flatMap((line, i) => {
    const prompt = kinds[i]?.prompt ?? 0;
    return prompt > 0 ? [line.slice(prompt)] : [];
  }).join("\n");
}

/**
 * The caption of a terminal.
 *
 * @param role What the chapter calls it: `client`, `server`, `client2`.
 * @param isAlone Whether it is the only terminal of its session. Then it is
 * called by its role only if its commands name it, as `tcp_client.ts` does.
 * @param commands What is typed there.
 * @returns The caption, or undefined if the language has none for this role.
 */
export function captionOf(
  language: Language,
  role: string,
  isAlone: boolean,
  commands: string,
): string | undefined {
  const { terminal, roles } = WORDS[language];
  const [, name = role, number = ""] = /^(.*?)-?(\d*)$/.exec(role) ?? [];
  if (isAlone && !commands.includes(name)) return terminal;
  const caption = roles[name] ??
    (language === "en"
      ? name.charAt(0).toUpperCase() + name.slice(1)
      : undefined);
  return caption === undefined ? undefined : `${caption} ${number}`.trim();
}
