/** The result of a promise if it comes within so many milliseconds, else undefined; rejects as the promise does. */
export async function within<Result>(
  milliseconds: number,
  result: Promise<Result>,
): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A page, split at the end of its content. */
export function halves(page: string): [before: string, after: string] {
  const end = page.lastIndexOf("</main>");
  return [page.slice(0, end), page.slice(end)];
}

/** A page whose part `before` is sent at once, and the rest when its content is ready. Errors if that fails. */
export function inPieces(
  before: string,
  content: Promise<string>,
  after: string,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(encoder.encode(before));
      controller.enqueue(encoder.encode((await content) + after));
      controller.close();
    },
  });
}
