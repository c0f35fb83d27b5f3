/** What GitHub leaves out of an anchor. */
const LEFT_OUT = /[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu;

/**
 * Names the headings of one page as GitHub names them, so that a link to an
 * anchor works there and here alike.
 *
 * GitHub documents only the outline of it; this is what it was seen to do:
 * lower case, letters, marks, digits, `_` and `-` kept, each space a `-`,
 * everything else left out, and the second of a name gets `-1`.
 *
 * @example
 * ```ts
 * import { Slugger } from "./slugger.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const slugger = new Slugger();
 * assertEquals(slugger.slug("The stranger's datagram"), "the-strangers-datagram");
 * assertEquals(slugger.slug("`accept` 之前，重置"), "accept-之前重置");
 * assertEquals(slugger.slug("Accept 之前重置"), "accept-之前重置-1");
 * ```
 */
export class Slugger {
  readonly #used = new Set<string>();

  /**
   * The anchor of the next heading.
   *
   * @param heading Its text.
   * @returns A name that no heading before it has.
   */
  slug(heading: string): string {
    const name = heading.toLowerCase().replace(LEFT_OUT, "").replace(/ /g, "-");
    let slug = name;
    for (let n = 1; this.#used.has(slug); n++) slug = `${name}-${n}`;
    this.#used.add(slug);
    return slug;
  }
}
