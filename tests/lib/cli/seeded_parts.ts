/** Parts of a body of about 400,000 bytes: long and short, with and without lines. */
export function* seededParts(seed: number): Generator<Uint8Array> {
  let state = seed;
  // The generator of POSIX's example of rand(), which is random enough here.
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % below;
  };
  for (let total = 0; total < 400_000;) {
    const part = new Uint8Array(
      1 + random([10, 1_500, 20_000][random(3)] ?? 1),
    );
    const lines = random(3);
    for (const index of part.keys()) {
      // No line ends; one in about 40 bytes; one in about 4,000.
      const isEnd = lines > 0 && random(lines === 1 ? 40 : 4_000) === 0;
      part[index] = isEnd ? 0x0a : 0x20 + random(90);
    }
    total += part.length;
    yield part;
  }
}
