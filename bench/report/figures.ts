/** The value in the middle, which a single disturbed round does not move. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = NaN, high = NaN] = [
    sorted[sorted.length % 2 === 1 ? middle : middle - 1],
    sorted[middle],
  ];
  return (low + high) / 2;
}

/** How far the values lie apart: the largest over the smallest. */
export function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values);
}

/** A number for a table: three digits that count. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1_000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}

/** Figures by their names, a list of values each: one a round. */
export class Figures {
  readonly #values = new Map<string, number[]>();

  /** Notes one value. */
  add(rival: string, figure: string, value: number): void {
    const key = `${rival}\0${figure}`;
    const values = this.#values.get(key) ?? [];
    values.push(value);
    this.#values.set(key, values);
  }

  /** All values of a figure; none where it was not measured. */
  values(rival: string, figure: string): readonly number[] {
    return this.#values.get(`${rival}\0${figure}`) ?? [];
  }

  /**
   * The median of a figure's ratio to that of another rival, round by round: what
   * disturbs a round disturbs both. NaN where one was not measured.
   */
  ratio(rival: string, to: string, figure: string): number {
    const others = this.values(to, figure);
    const ratios = this.values(rival, figure).map((value, i) =>
      value / (others[i] ?? NaN)
    ).filter(Number.isFinite);
    return ratios.length === 0 ? NaN : median(ratios);
  }

  /** The median of a figure; NaN where it was not measured. */
  get(rival: string, figure: string): number {
    const values = this.values(rival, figure);
    return values.length === 0 ? NaN : median(values);
  }
}
