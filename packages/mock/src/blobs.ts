import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";
import type { ArchiveStore } from "./dataset.ts";
import type { Call } from "./origin.ts";
import { sasRefusal } from "./sas-link.ts";

/** The storage: opens a signed link as Azure Blob Storage does, and refuses an API key. */
export function createBlobs(options: {
  store: ArchiveStore;
  now: () => Date;
}): (call: Call) => Promise<Answer> {
  const { store, now } = options;
  return async ({ request }) => {
    const answer = await open(request, store, now());
    answer.headers["x-ms-request-id"] = randomUUID();
    answer.headers["x-ms-version"] = "2020-02-10";
    return request.method === "HEAD" ? { ...answer, body: undefined } : answer;
  };
}

async function open(request: IncomingMessage, store: ArchiveStore, now: Date): Promise<Answer> {
  if (request.headers["x-key"] !== undefined) {
    const refused = error(
      400,
      "ApiKeyLeaked",
      "X-Key reached the storage origin. A link is opened without the API key.",
    );
    return { ...refused, leak: true };
  }
  let url: URL;
  let path: string;
  try {
    url = new URL(`http://storage${request.url}`);
    path = decodeURIComponent(url.pathname);
  } catch {
    return error(
      400,
      "InvalidUri",
      "The requested URI does not represent any resource on the server.",
    );
  }
  const refusal = sasRefusal(url.searchParams, path, now);
  if (refusal !== undefined) {
    return error(403, refusal.code, authenticationFailed, refusal.detail);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return error(
      403,
      "AuthorizationPermissionMismatch",
      "This request is not authorized to perform this operation using this permission.",
    );
  }
  const blob = store.blob(path);
  if (blob === undefined) return error(404, "BlobNotFound", "The specified blob does not exist.");
  return content(request, await blob.mail.read(), blob.modified);
}

const authenticationFailed =
  "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.";

function content({ headers }: IncomingMessage, bytes: Buffer, modified: Date): Answer {
  const md5 = createHash("md5").update(bytes).digest();
  const etag = `"0x8D${md5.toString("hex").slice(0, 12).toUpperCase()}"`;
  const usual: Record<string, string> = {
    "accept-ranges": "bytes",
    "content-type": "message/rfc822",
    etag,
    "last-modified": modified.toUTCString(),
    "x-ms-blob-type": "BlockBlob",
    "x-ms-server-encrypted": "true",
  };

  const met = conditions(headers, etag, modified);
  if (met === 412) {
    return error(
      412,
      "ConditionNotMet",
      "The condition specified using HTTP conditional header(s) is not met.",
    );
  }
  if (met === 304)
    return { status: 304, headers: { etag, "last-modified": usual["last-modified"] ?? "" } };

  const range = rangeOf(headers, bytes.length);
  if (range === undefined) {
    return {
      status: 200,
      headers: {
        ...usual,
        "content-md5": md5.toString("base64"),
        "content-length": String(bytes.length),
      },
      body: bytes,
    };
  }
  if (range === "unsatisfiable") {
    const refused = error(
      416,
      "InvalidRange",
      "The range specified is invalid for the current size of the resource.",
    );
    refused.headers["content-range"] = `bytes */${bytes.length}`;
    return refused;
  }
  const [first, last] = range;
  return {
    status: 206,
    headers: {
      ...usual,
      // Content-MD5 is of what is sent; the whole blob's has a header of its own.
      "x-ms-blob-content-md5": md5.toString("base64"),
      "content-range": `bytes ${first}-${last}/${bytes.length}`,
      "content-length": String(last - first + 1),
    },
    body: bytes.subarray(first, last + 1),
  };
}

/** 412 or 304 when a condition of the request says so. */
function conditions(
  headers: IncomingMessage["headers"],
  etag: string,
  modified: Date,
): 412 | 304 | undefined {
  const names = (list: string | undefined): boolean =>
    list !== undefined && list.split(",").some((one) => one.trim() === "*" || one.trim() === etag);
  const seconds = Math.floor(modified.getTime() / 1000) * 1000;
  const { "if-match": match, "if-none-match": noneMatch } = headers;
  if (match !== undefined && !names(match)) return 412;
  if (Date.parse(headers["if-unmodified-since"] ?? "") < seconds) return 412;
  if (noneMatch !== undefined) return names(noneMatch) ? 304 : undefined;
  return Date.parse(headers["if-modified-since"] ?? "") >= seconds ? 304 : undefined;
}

/** The bytes asked for, both ends included. A range that the storage does not know counts as none. */
function rangeOf(
  headers: IncomingMessage["headers"],
  size: number,
): [first: number, last: number] | "unsatisfiable" | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(String(headers["x-ms-range"] ?? headers.range ?? ""));
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  return first >= size || last < first ? "unsatisfiable" : [first, last];
}

/** Azure's error: its code also in a header, for HEAD has no body. */
function error(status: number, code: string, message: string, detail?: string): Answer {
  const details =
    detail === undefined
      ? ""
      : `<AuthenticationErrorDetail>${escaped(detail)}</AuthenticationErrorDetail>`;
  return {
    status,
    headers: { "content-type": "application/xml", "x-ms-error-code": code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${escaped(message)}</Message>${details}</Error>`,
    violations: [{ location: ["request"], severity: "Error", code, message: detail ?? message }],
  };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
