import { createHash } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Answer } from "../server/answer.ts";
import type { StorageError } from "./storage-error.ts";
import { STORAGE_ERRORS } from "./storage-error.ts";

/** A blob's bytes, or the requested part of them, or why not. Where Azure and HTTP differ, it follows Azure. */
export function blobContent(
  { method, headers }: IncomingMessage,
  bytes: Buffer,
  modified: Date,
): Answer | StorageError {
  const md5 = md5Of(bytes);
  const etag = `"0x8D${Buffer.from(md5, "base64").toString("hex").slice(0, 12).toUpperCase()}"`;
  const lastModified = modified.toUTCString();

  const condition = conditionOf(headers, etag, modified);
  if (condition === "not modified") {
    const { code } = STORAGE_ERRORS.conditionNotMet;
    return {
      status: 304,
      headers: { etag, "last-modified": lastModified, "x-ms-error-code": code },
    };
  }
  if (condition !== "met") return condition;

  const usual = {
    "accept-ranges": "bytes",
    "content-type": "message/rfc822",
    etag,
    "last-modified": lastModified,
    "x-ms-blob-type": "BlockBlob",
    "x-ms-server-encrypted": "true",
  };
  const range = method === "HEAD" ? undefined : rangeOf(headers);
  if (range === undefined) {
    const length = String(bytes.length);
    return {
      status: 200,
      headers: { ...usual, "content-md5": md5, "content-length": length },
      body: bytes,
    };
  }
  const [first, last] = range;
  if (first >= bytes.length) {
    return {
      ...STORAGE_ERRORS.invalidRange,
      headers: { "content-range": `bytes */${bytes.length}` },
    };
  }
  const part = bytes.subarray(first, last + 1);
  return {
    status: 206,
    headers: {
      ...usual,
      // Content-MD5 covers the bytes sent, and only on demand; that of the whole blob has a header of its own.
      ...(headers["x-ms-range-get-content-md5"] === "true" && { "content-md5": md5Of(part) }),
      "x-ms-blob-content-md5": md5,
      "content-range": `bytes ${first}-${first + part.length - 1}/${bytes.length}`,
      "content-length": String(part.length),
    },
    body: part,
  };
}

function md5Of(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("base64");
}

/** @see https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations */
function conditionOf(
  headers: IncomingHttpHeaders,
  etag: string,
  modified: Date,
): "met" | "not modified" | StorageError {
  const { "if-match": match, "if-none-match": noneMatch } = headers;
  // HTTP dates have whole seconds. An invalid date (NaN) compares as false, so it is no condition.
  const second = Math.floor(modified.getTime() / 1000) * 1000;
  if (match !== undefined && match !== "*" && !namesTag(match, etag)) {
    return STORAGE_ERRORS.conditionNotMet;
  }
  if (Date.parse(headers["if-unmodified-since"] ?? "") < second)
    return STORAGE_ERRORS.conditionNotMet;
  if (noneMatch === "*") return STORAGE_ERRORS.unsatisfiableCondition;
  const since = Date.parse(headers["if-modified-since"] ?? "");
  // With both conditions, Azure sends the bytes if either one has changed; in HTTP the tag alone would decide.
  const unchanged = [
    ...(noneMatch === undefined ? [] : [namesTag(noneMatch, etag)]),
    ...(Number.isNaN(since) ? [] : [since >= second]),
  ];
  return unchanged.length > 0 && unchanged.every(Boolean) ? "not modified" : "met";
}

/** Whether one of the tags, separated by commas and with or without quotes, is this one. */
function namesTag(given: string, etag: string): boolean {
  return given.replace(/["\s]/g, "").split(",").includes(etag.replaceAll('"', ""));
}

/** The requested bytes, both ends inclusive. Azure reads `bytes=A-` and `bytes=A-B`; anything else is no range. */
function rangeOf(headers: IncomingHttpHeaders): [first: number, last: number] | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(String(headers["x-ms-range"] ?? headers.range ?? ""));
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === "" ? Number.MAX_SAFE_INTEGER : Number(match[2]);
  return last < first ? undefined : [first, last];
}
