import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Answer } from "../server/answer.ts";
import { sasOverrides, sasRefusal } from "./azure-sas-link.ts";
import { blobContent } from "./blob-content.ts";
import type { StorageError } from "./storage-error.ts";
import { errorAnswer, STORAGE_ERRORS } from "./storage-error.ts";

/** A mail in the storage, as its link finds it. */
export interface Blob {
  mail: { read(): Promise<Buffer> };
  /** When it was stored: at its sending. */
  modified: Date;
}

/** The container of every blob, with which its path begins. */
export const CONTAINER = "mcom032";

/** The blob at a path such as `/mcom032/4f54ed5e-f0f3-4a3a-9ce9-23b499e7e844.eml`. */
export type FindBlob = (path: string) => Blob | undefined;

/** The storage: opens a signed link as Azure Blob Storage does, and refuses an API key. */
export function createBlobs(options: {
  find: FindBlob;
  now: () => Date;
  /** A path, decoded, that links have before the blob's own when they lead through a gateway; blank otherwise. */
  prefix: string;
}): (request: IncomingMessage) => Promise<Answer> {
  const { find, now, prefix } = options;
  return async (request) => {
    const time = now();
    const id = randomUUID();
    const found = await open(request, { find, prefix, now: time });
    const answer = "code" in found ? errorAnswer(found, id, time) : found;
    Object.assign(answer.headers, { "x-ms-request-id": id, "x-ms-version": "2020-02-10" });
    return request.method === "HEAD" ? { ...answer, body: undefined } : answer;
  };
}

async function open(
  request: IncomingMessage,
  { find, prefix, now }: { find: FindBlob; prefix: string; now: Date },
): Promise<Answer | StorageError> {
  if (request.headers["x-key"] !== undefined) return STORAGE_ERRORS.apiKeyLeaked;
  let url: URL;
  let path: string;
  try {
    url = new URL(`http://storage${request.url}`);
    path = decodeURIComponent(url.pathname);
    // A gateway may remove its prefix or not, and it may equal the container's name; the signature does not include it.
    if (path.startsWith(`${prefix}/${CONTAINER}/`)) path = path.slice(prefix.length);
  } catch {
    return STORAGE_ERRORS.invalidUri;
  }
  const refusal = sasRefusal(url.searchParams, path, now);
  if (refusal !== undefined) return refusal;
  if (request.method !== "GET" && request.method !== "HEAD")
    return STORAGE_ERRORS.permissionMismatch;

  const blob = find(path);
  if (blob === undefined) return STORAGE_ERRORS.blobNotFound;
  const bytes = await blob.mail.read().catch(goneAsUndefined);
  if (bytes === undefined) return STORAGE_ERRORS.blobNotFound;
  const answer = blobContent(request, bytes, blob.modified);
  if (!("code" in answer)) Object.assign(answer.headers, sasOverrides(url.searchParams));
  return answer;
}

/** A mail's file may be deleted, moved or locked while the mock runs. */
function goneAsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code === undefined) throw error;
}
