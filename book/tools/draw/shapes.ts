/** The shapes of a picture, as SVG. Their style is in style.ts. */

import { escapeHtml } from "../escape_html.ts";
import { STYLE } from "./style.ts";

/** The side that a shape belongs to, for its colour. */
export type Side = "client" | "server";

/** What a picture is, besides its shapes. */
export interface Frame {
  width: number;
  height: number;
  /** Its language, as in HTML's `lang`. */
  tag: string;
  /** What it shows, for a reader who does not see it. */
  title: string;
  /** Style on top of that of all pictures. */
  style?: string;
}

/** An SVG file of these shapes on a background of their own. */
export function picture(
  shapes: string[],
  { width, height, tag, title, style = "" }: Frame,
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:lang="${tag}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${
    escapeHtml(title)
  }">
<style>${STYLE}${style}</style>
<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${
    height - 1
  }" rx="8"/>
${shapes.join("\n")}
</svg>
`;
}

/** A line from top to bottom. */
export function upright(kind: string, x: number, from: number, to: number) {
  return `<line class="${kind}" x1="${x}" x2="${x}" y1="${from}" y2="${to}"/>`;
}

/** An arrow from left to right or from right to left; a faint one is dashed. */
export function arrow(
  from: number,
  to: number,
  y: number,
  side: Side,
  isFaint: boolean,
): string {
  const back = to > from ? -1 : 1;
  const kind = `arrow ${side}${isFaint ? " faint" : ""}`;
  return `<line class="${kind}" x1="${from}" x2="${
    to + back * 8
  }" y1="${y}" y2="${y}"/>
<path class="tip ${side}" d="M${to} ${y}l${back * 10} -5v10z"/>`;
}

/** A cross on a line, where the connection ends. */
export function cross(x: number, y: number, side: Side): string {
  const path = `M${x - 6} ${y - 6}l12 12m0 -12l-12 12`;
  return `<path class="arrow ${side}" d="${path}"/>`;
}

/** Text around a point. */
export function text(kind: string, x: number, y: number, text: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escapeHtml(text)}</text>`;
}

/** The number of bytes, and then the first of them, around a point. */
export function label(x: number, y: number, count: string, text: string) {
  const rest = text === "" ? "" : ` &#160;${escapeHtml(text)}`;
  return `<text class="label" x="${x}" y="${y}"><tspan class="count">${
    escapeHtml(count)
  }</tspan>${rest}</text>`;
}
