/** Names of people in many scripts, for chat.ts. */

/** What cannot be seen (UAX #44), the joiners of some scripts among it. */
const HIDDEN = String.raw`\p{Default_Ignorable_Code_Point}`;

/** 1 to 20 letters and digits, each with its marks: नवीन and தமிழ் have some. */
const NAME = new RegExp(
  String.raw`^(?:[[\p{L}\p{N}_\-]--${HIDDEN}][\p{M}--${HIDDEN}]{0,4}){1,20}$`,
  "v",
);

/** Characters that look the same, with what they look like (some of those of UTS #39). */
const LOOK_ALIKES = new Map([
  ...pairs("АВЕКМНОРСТУХЅЈԚԜаеорсухѕіјһԁԛԝ", "ABEKMHOPCTYXSJQWaeopcyxsijhdqw"),
  ...pairs("ΑΒΕΖΗΚΜΝΟΡΤΥΧανορυι", "ABEZHKMNOPTYXavopui"),
  ...pairs("01IІӀӏΙ", "Ollllll"),
]);

function pairs(from: string, to: string): [string, string][] {
  return [...from].map((char, i) => [char, to.charAt(i)]);
}

/** The name as the room shows it; `null` if the text is not a valid name. */
export function readName(typed: string): string | null {
  const name = typed.normalize("NFC"); // One spelling: é is a letter, or e and a mark.
  return NAME.test(name) ? name : null;
}

/** What names that differ in case or spelling alone have in common. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase().toUpperCase();
}

/** What names that look the same have in common: Tracy, and Тrасу with Т, а, с and у. */
export function lookOf(name: string): string {
  const look = (char: string) => LOOK_ALIKES.get(char) ?? char;
  return [...name.normalize("NFKD")].map(look).join("");
}
