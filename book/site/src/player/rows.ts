/** The rows of the diagram on the page: of a long run those that can be seen soon. */
import { placeOf, type Step } from "../../../tools/record/steps.ts";
import { heightsOf } from "./diagram.ts";
import { nodeOf, type Tree } from "./tree.ts";

/** How many rows there are at once. */
const MOST = 160;

/** Scrolls an element, at once for those who want that. */
export function scroll(element: Element, top: number, isSmooth: boolean): void {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollTo({ top, behavior: isSmooth && !isCalm ? "smooth" : "auto" });
}

export class Rows {
  readonly #list: HTMLElement;
  readonly #rowOf: (i: number) => Tree;
  /** Where each row begins, and the last one ends. */
  readonly #tops = [0];
  /** The rows that are there, from the first one of them. */
  #rows: Element[] = [];
  #first = 0;
  /** The step that is shown. */
  #i = 0;

  constructor(
    list: HTMLElement,
    steps: readonly Step[],
    rowOf: (i: number) => Tree,
  ) {
    this.#list = list;
    this.#rowOf = rowOf;
    let top = 0;
    for (const height of heightsOf(steps)) this.#tops.push(top += height);
    list.replaceChildren();
    list.onscroll = () => {
      const next = placeOf(this.#tops, (top) => top, list.scrollTop);
      this.#draw(Math.max(0, next - 1));
    };
  }

  /** Scrolls to the row of a step, which is the last one to be seen. */
  show(i: number, isNext: boolean): void {
    this.#i = i;
    this.#list.style.setProperty("--rows", `${this.#tops[i + 1]}px`);
    const isThere = this.#rows[i - this.#first] !== undefined;
    if (!isThere) this.#draw(i);
    this.#mark(isNext);
    scroll(this.#list, this.#list.scrollHeight, isNext && isThere);
  }

  /** Draws the rows around the one at the upper edge, if they are not there. */
  #draw(seen: number): void {
    const last = this.#tops.length - 2;
    const end = this.#first + this.#rows.length;
    if (seen >= this.#first && Math.min(seen + 24, last) < end) return;
    this.#first = last < MOST ? 0 : Math.max(0, seen - MOST / 4);
    const n = Math.min(MOST, last + 1 - this.#first);
    this.#rows = Array.from(
      { length: n },
      (_, k) => nodeOf(this.#rowOf(this.#first + k)),
    );
    this.#list.style.setProperty("--above", `${this.#tops[this.#first]}px`);
    this.#list.replaceChildren(...this.#rows);
    this.#mark(false);
  }

  #mark(isNext: boolean): void {
    for (const [k, row] of this.#rows.entries()) {
      const after = this.#first + k - this.#i;
      const now = isNext ? "row now fresh" : "row now";
      const name = after > 0 ? "row future" : after === 0 ? now : "row";
      if (row.className !== name) row.className = name;
      const link = row.firstElementChild;
      link?.setAttribute("tabindex", after === 0 ? "0" : "-1");
      if (link) link.ariaCurrent = after === 0 ? "step" : null;
    }
  }
}
