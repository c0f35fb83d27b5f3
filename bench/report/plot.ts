/** A line of a plot: its name, and a value for each x. */
export interface Line {
  /** What the legend calls it. */
  name: string;
  /** The points, NaN where there is none. */
  values: number[];
}

/** What a plot is about. */
export interface Plot {
  /** What is measured. */
  title: string;
  /** In what. */
  unit: string;
  /** How the values are spread over the height. */
  scale: "linear" | "logarithmic";
  /** The line that is to stand out. */
  main: string;
}

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 70;
const RIGHT = 230;
const TOP = 40;
const BOTTOM = 50;
const COLORS = [
  "#888888",
  "#d55e00",
  "#e69f00",
  "#009e73",
  "#56b4e9",
  "#0072b2",
  "#8250df",
  "#b0a000",
  "#cc79a7",
];

/**
 * Draws lines over a few values of x that stand at even distances. One picture for
 * light and dark: its text has the colour of the page around it.
 */
export function plot(
  { title, unit, scale, main }: Plot,
  xs: number[],
  lines: Line[],
): string {
  const { marks, height } = scales[scale](
    lines.flatMap(({ values }) => values).filter((value) => value > 0),
  );
  const x = (i: number) =>
    LEFT + i * (WIDTH - LEFT - RIGHT) / Math.max(1, xs.length - 1);
  const y = (value: number) =>
    HEIGHT - BOTTOM - height(value) * (HEIGHT - TOP - BOTTOM);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<style>
text { font: 13px sans-serif; fill: #222 }
.grid { stroke: #8884 }
.line { fill: none; stroke-width: 1.5 }
.main { fill: none; stroke-width: 4 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>
<text x="${LEFT}" y="22">${title}, ${unit}</text>
${marks.map((mark) => grid(mark, y(mark))).join("\n")}
${xs.map((value, i) => label(value, x(i), HEIGHT - BOTTOM + 22)).join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${
    HEIGHT - 8
  }" text-anchor="middle">connections</text>
${
    lines.map((line, i) => {
      const points = line.values.flatMap((value, j) =>
        value > 0 ? [`${x(j).toFixed(1)},${y(value).toFixed(1)}`] : []
      );
      const kind = line.name === main ? "main" : "line";
      return draw(line.name, kind, i, points);
    }).join("\n")
  }
</svg>
`;
}

/** Where the marks are, and how high a value is: from 0 to 1. */
const scales = {
  linear(values: number[]) {
    const top = Math.max(...values);
    const power = 10 ** Math.floor(Math.log10(top));
    // Of the steps that people count in, the least that makes few marks.
    const step = [0.2, 0.5, 1, 2].map((part) => part * power)
      .find((step) => top / step <= 6) ?? power;
    const count = Math.ceil(top / step);
    return {
      marks: Array.from({ length: count + 1 }, (_, i) => i * step),
      height: (value: number) => value / (count * step),
    };
  },
  logarithmic(values: number[]) {
    const low = Math.floor(Math.log10(Math.min(...values)));
    const high = Math.ceil(Math.log10(Math.max(...values)));
    return {
      marks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
      height: (value: number) => (Math.log10(value) - low) / (high - low),
    };
  },
};

function grid(mark: number, y: number): string {
  return `<line class="grid" x1="${LEFT}" x2="${
    WIDTH - RIGHT
  }" y1="${y}" y2="${y}"/><text x="${LEFT - 8}" y="${
    y + 4
  }" text-anchor="end">${mark.toLocaleString("en")}</text>`;
}

function label(value: number, x: number, y: number): string {
  return `<text x="${x}" y="${y}" text-anchor="middle">${
    value.toLocaleString("en")
  }</text>`;
}

/** A line, and its place in the legend. */
function draw(name: string, kind: string, i: number, points: string[]): string {
  const color = COLORS[i % COLORS.length];
  const [left, y] = [WIDTH - RIGHT + 16, TOP + 14 + i * 22];
  return `<polyline class="${kind}" stroke="${color}" points="${
    points.join(" ")
  }"/><line class="${kind}" stroke="${color}" x1="${left}" x2="${
    left + 24
  }" y1="${y - 4}" y2="${y - 4}"/><text x="${
    left + 30
  }" y="${y}">${name}</text>`;
}
