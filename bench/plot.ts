/** A line of a plot: its name, and a value for each x. */
export interface Line {
  /** What the legend calls it. */
  name: string;
  /** The points, NaN where there is none. */
  values: number[];
}

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 70;
const RIGHT = 230;
const TOP = 40;
const BOTTOM = 50;
const COLORS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#888888",
  "#b0a000",
];

/**
 * Draws lines over a few values of x that stand at even distances, on a
 * logarithmic scale of y. One picture for light and dark: its text has the colour
 * of the page around it.
 */
export function plot(title: string, unit: string, xs: number[], lines: Line[]) {
  const all = lines.flatMap(({ values }) => values).filter((v) => v > 0);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.ceil(Math.log10(Math.max(...all)));
  const x = (i: number) =>
    LEFT + i * (WIDTH - LEFT - RIGHT) / Math.max(1, xs.length - 1);
  const y = (value: number) =>
    HEIGHT - BOTTOM -
    (Math.log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
  const decades = Array.from(
    { length: high - low + 1 },
    (_, i) => 10 ** (low + i),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<style>
text { font: 13px sans-serif; fill: #222 }
.grid { stroke: #8884 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>
<text x="${LEFT}" y="22">${title}, ${unit}</text>
${
    decades.map((d) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(d)}" y2="${
        y(d)
      }"/><text x="${LEFT - 8}" y="${y(d) + 4}" text-anchor="end">${
        d.toLocaleString("en")
      }</text>`
    ).join("\n")
  }
${
    xs.map((value, i) =>
      `<text x="${x(i)}" y="${HEIGHT - BOTTOM + 22}" text-anchor="middle">${
        value.toLocaleString("en")
      }</text>`
    ).join("\n")
  }
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${
    HEIGHT - 8
  }" text-anchor="middle">connections</text>
${
    lines.map(({ name, values }, i) => {
      const color = COLORS[i % COLORS.length];
      const points = values.flatMap((value, j) =>
        value > 0 ? [`${x(j).toFixed(1)},${y(value).toFixed(1)}`] : []
      );
      const at = TOP + 14 + i * 22;
      return `<polyline class="line" stroke="${color}" points="${
        points.join(" ")
      }"/><line class="line" stroke="${color}" x1="${WIDTH - RIGHT + 16}" x2="${
        WIDTH - RIGHT + 40
      }" y1="${at - 4}" y2="${at - 4}"/><text x="${
        WIDTH - RIGHT + 46
      }" y="${at}">${name}</text>`;
    }).join("\n")
  }
</svg>
`;
}
