/** What an iterator gives until the signal comes. A wait for more ends with it, whatever it is that is waited for. */
export async function* until<Value>(
  values: AsyncIterator<Value>,
  signal: AbortSignal,
): AsyncGenerator<Value> {
  let leave: (() => void) | undefined;
  const onAbort = () => leave?.();
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<Value> | undefined>((resolve, reject) => {
        leave = () => resolve(undefined);
        values.next().then(resolve, reject);
      });
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
