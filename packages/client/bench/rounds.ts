/** Something to measure, by name. */
export type Candidates = Record<string, () => unknown>;

/**
 * Prints how long each candidate takes, compared with the first. They run in turn, in a different order each round, so
 * that other load on the machine affects them all alike; the ratio is the median of the rounds' own ratios.
 */
export async function compare(
  title: string,
  candidates: Candidates,
  calls: number,
  rounds = 41,
): Promise<void> {
  const names = Object.keys(candidates);
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -3; round < rounds; round++) {
    for (const name of names.toSorted(() => Math.random() - 0.5)) {
      const run = candidates[name] as () => unknown;
      const started = performance.now();
      for (let i = 0; i < calls; i++) await run();
      // The first rounds only warm up.
      if (round >= 0) times.get(name)?.push(((performance.now() - started) / calls) * 1000);
    }
  }
  const first = times.get(names[0] as string) as number[];
  const rows = names.map((name) => {
    const own = times.get(name) as number[];
    const ratio = median(own.map((time, i) => time / (first[i] as number)));
    return [
      name,
      { "µs per call": Number(median(own).toFixed(1)), ratio: Number(ratio.toFixed(2)) },
    ] as const;
  });
  console.log(`\n${title}`);
  console.table(Object.fromEntries(rows));
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
