import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";
import { blobContent } from "./blob-content.ts";
import type { ArchiveStore } from "./dataset.ts";
import type { Call } from "./origin.ts";
import { sasOverrides, sasRefusal } from "./sas-link.ts";
import type { StorageError } from "./storage-error.ts";
import { errorAnswer, storageErrors } from "./storage-error.ts";

/** The storage: opens a signed link as Azure Blob Storage does, and refuses an API key. */
export function createBlobs(options: {
  store: ArchiveStore;
  now: () => Date;
}): (call: Call) => Promise<Answer> {
  const { store, now } = options;
  return async ({ request }) => {
    const time = now();
    const id = randomUUID();
    const found = await open(request, store, time);
    const answer = "code" in found ? errorAnswer(found, id, time) : found;
    Object.assign(answer.headers, { "x-ms-request-id": id, "x-ms-version": "2020-02-10" });
    return request.method === "HEAD" ? { ...answer, body: undefined } : answer;
  };
}

async function open(
  request: IncomingMessage,
  store: ArchiveStore,
  now: Date,
): Promise<Answer | StorageError> {
  if (request.headers["x-key"] !== undefined) return storageErrors.apiKeyLeaked;
  let url: URL;
  let path: string;
  try {
    url = new URL(`http://storage${request.url}`);
    path = decodeURIComponent(url.pathname);
  } catch {
    return storageErrors.invalidUri;
  }
  const refusal = sasRefusal(url.searchParams, path, now);
  if (refusal !== undefined) return refusal;
  if (request.method !== "GET" && request.method !== "HEAD")
    return storageErrors.permissionMismatch;

  const blob = store.blob(path);
  if (blob === undefined) return storageErrors.blobNotFound;
  const answer = blobContent(request, await blob.mail.read(), blob.modified);
  if (!("code" in answer)) Object.assign(answer.headers, sasOverrides(url.searchParams));
  return answer;
}
