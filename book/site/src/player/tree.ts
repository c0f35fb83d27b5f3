/** Elements as data: the page makes nodes of them, and the build writes them. */

export type Attributes = Record<string, string | number | undefined>;

/** An element. */
export interface Tree {
  tag: string;
  attributes: Attributes;
  children: (Tree | string)[];
}

/** An element with attributes and children; those that are `undefined` are left out. */
export function e(
  tag: string,
  attributes: Attributes = {},
  ...children: (Tree | string | undefined)[]
): Tree {
  const all = children.filter((child) => child !== undefined);
  return { tag, attributes, children: all };
}

/** The element as a node; what it says can never become markup. */
export function nodeOf(tree: Tree, isSvg = false): HTMLElement | SVGElement {
  const { tag, attributes, children } = tree;
  const isInSvg = isSvg || tag === "svg";
  const element = isInSvg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    // A policy may forbid the attribute, but not this.
    if (name === "style") element.style.cssText = String(value);
    else if (value !== undefined) element.setAttribute(name, String(value));
  }
  for (const child of children) {
    element.append(
      typeof child === "string" ? child : nodeOf(child, isInSvg),
    );
  }
  return element;
}
