/** Elements as data: the page makes nodes of them, and the build writes them. */

export type Attributes = Record<string, string | number | undefined>;

/** An element. */
export interface Tree {
  tag: string;
  attributes: Attributes;
  children: (Tree | string)[];
}

type Child = Tree | string | undefined;

const isTree = (one: Attributes | Tree): one is Tree => "children" in one;

/**
 * An element: its tag, its class after a dot, attributes if it has more, and children;
 * those that are `undefined` are left out.
 */
export function e(
  name: string,
  first?: Attributes | Child,
  ...others: Child[]
): Tree {
  const [tag = "", kind] = name.split(".");
  const hasAttributes = typeof first === "object" && !isTree(first);
  const children = hasAttributes ? others : [first, ...others];
  return {
    tag,
    attributes: { class: kind, ...hasAttributes ? first : {} },
    children: children.filter((child) => child !== undefined),
  };
}

/** The element as a node; what it says can never become markup. */
export function nodeOf(tree: Tree, isSvg = false): HTMLElement | SVGElement {
  const { tag, attributes, children } = tree;
  const isInSvg = isSvg || tag === "svg";
  const element = isInSvg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    // A policy may forbid the attribute, but not this.
    if (name === "style") element.style.cssText = String(value);
    else element.setAttribute(name, String(value));
  }
  for (const child of children) {
    element.append(
      typeof child === "string" ? child : nodeOf(child, isInSvg),
    );
  }
  return element;
}

/** Puts parts into an element, in place of what was there. */
export const put = (into: Element, ...parts: (Tree | string)[]) =>
  into.replaceChildren(
    ...parts.map((part) => typeof part === "string" ? part : nodeOf(part)),
  );
