import type { ReadRequestBody } from "../exchange/request-places.ts";

/** The body that a fetch is given, in `init` or in a Request. */
export interface RequestBody {
  /** The content type that the fetch sends where its caller sets none. */
  contentType: string | null;
  read: ReadRequestBody;
}

/** The body of a request, without taking it from the fetch that will send it; undefined where there is none. */
export function requestBody(
  request: Request | undefined,
  init: RequestInit | undefined,
): RequestBody | undefined {
  const body: unknown = init?.body ?? undefined;
  if (body !== undefined) return givenBody(body);
  // A polyfill's Request does not show its body.
  if (request === undefined || request.body === null) return undefined;
  return isCloneable(request)
    ? { contentType: null, read: () => readClone(request, init?.signal ?? request.signal) }
    : UNREADABLE;
}

const UNREADABLE: RequestBody = { contentType: null, read: async () => undefined };

/**
 * Recognised by the class's name, as jsdom and node-fetch have classes of their own. A stream can be read only once, so
 * it is left alone.
 */
function givenBody(body: unknown): RequestBody {
  const kind = Object.prototype.toString.call(body).slice("[object ".length, -1);
  if (kind === "String") return bodyOf("text/plain;charset=UTF-8", encoded(body));
  if (kind === "URLSearchParams") {
    return bodyOf("application/x-www-form-urlencoded;charset=UTF-8", encoded(body));
  }
  if (kind === "FormData") return { ...UNREADABLE, contentType: "multipart/form-data" };
  if (kind === "ArrayBuffer") return bodyOf(null, new Uint8Array(body as ArrayBuffer));
  if (ArrayBuffer.isView(body)) {
    return bodyOf(null, new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
  }
  const blob = body as Blob;
  if ((kind === "Blob" || kind === "File") && typeof blob.arrayBuffer === "function") {
    const read = async () => new Uint8Array(await blob.arrayBuffer());
    return { contentType: blob.type || null, read };
  }
  return UNREADABLE;
}

function bodyOf(contentType: string | null, bytes: Uint8Array): RequestBody {
  return { contentType, read: async () => bytes };
}

function encoded(body: unknown): Uint8Array {
  return new TextEncoder().encode(String(body));
}

/** Not for node-fetch: its clone stops after some kilobytes until the original is read too. */
function isCloneable(request: Request): boolean {
  const isWeb = typeof request.body?.getReader === "function";
  return isWeb && !request.bodyUsed && typeof request.clone === "function";
}

/** Undefined for a body that breaks off or whose request is aborted: the fetch will see that itself. */
async function readClone(
  request: Request,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  if (signal?.aborted === true) return undefined;
  const copy = request.clone();
  const done = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    signal?.addEventListener("abort", () => resolve(undefined), { signal: done.signal });
  });
  try {
    return await Promise.race([copy.arrayBuffer().then((bytes) => new Uint8Array(bytes)), aborted]);
  } catch {
    return undefined;
  } finally {
    done.abort();
  }
}
