import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import type { StorageError } from "./storage-error.ts";
import { STORAGE_ERRORS } from "./storage-error.ts";

/**
 * The storage account for the signatures: that of Azurite, the storage vendor's emulator, so that its tools can make
 * links for the mock, too. Its key is public.
 *
 * @see https://learn.microsoft.com/azure/storage/common/storage-connect-azurite#http-connection-strings
 */
const ACCOUNT = {
  name: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

/** As a key object: Node takes ten times as long to sign with bytes. */
const SIGNING_KEY = createSecretKey(ACCOUNT.key, "base64");

/** The storage version in the vendor's links; it determines what is signed, and in which order. */
const VERSION = "2020-02-10";

/** A link to a blob, signed for reading between two instants. Its form is the vendor's, parameter by parameter. */
export function sasLink(origin: string, blobPath: string, start: Date, expiry: Date): string {
  const st = seconds(start);
  const se = seconds(expiry);
  const sig = sign({ sv: VERSION, st, se, sr: "b", sp: "r" }, blobPath);
  return `${origin}${blobPath}?sv=${VERSION}&st=${encodeURIComponent(st)}&se=${encodeURIComponent(se)}&sr=b&sp=r&sig=${encodeURIComponent(sig)}`;
}

/** Why a link does not open; undefined when it does. */
export function sasRefusal(
  query: URLSearchParams,
  blobPath: string,
  now: Date,
): StorageError | undefined {
  const given = Object.fromEntries(query);
  for (const name of ["sv", "se", "sr", "sp", "sig"]) {
    if (!given[name]) return refused(`${name} is mandatory. Cannot be empty`);
  }
  if (given["sr"] !== "b") return refused("sr is expected to be b, a single blob.");
  const expected = Buffer.from(sign(given, blobPath));
  const received = Buffer.from(given["sig"] ?? "");
  if (expected.length !== received.length || !timingSafeEqual(expected, received)) {
    return refused("Signature did not match.");
  }
  const { st, se = "", sp = "", spr } = given;
  const start = st === undefined ? Number.NEGATIVE_INFINITY : Date.parse(st);
  // Written so that an invalid date (NaN) is refused as well.
  if (!(start <= now.getTime() && now.getTime() < Date.parse(se))) {
    return refused(
      `Signature not valid in the specified time frame: Start [${st ?? ""}] - Expiry [${se}] - Current [${now.toUTCString()}]`,
    );
  }
  if (!sp.includes("r")) return STORAGE_ERRORS.permissionMismatch;
  // The mock has no https.
  if (spr === "https") return STORAGE_ERRORS.protocolMismatch;
  return Object.values(sasOverrides(query)).every((value) => HEADER_VALUE.test(value))
    ? undefined
    : STORAGE_ERRORS.invalidQueryParameter;
}

function refused(detail: string): StorageError {
  return { ...STORAGE_ERRORS.authenticationFailed, detail };
}

const OVERRIDES = {
  rscc: "cache-control",
  rscd: "content-disposition",
  rsce: "content-encoding",
  rscl: "content-language",
  rsct: "content-type",
};

/** The characters of a header value: no line ends, nothing beyond Latin-1. */
const HEADER_VALUE = /^[\t\x20-\x7E\x80-\xFF]*$/;

/** The response headers that a link sets; its signature covers them. */
export function sasOverrides(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    Object.entries(OVERRIDES).flatMap(([name, header]) => {
      const value = query.get(name);
      return value === null ? [] : [[header, value]];
    }),
  ) as Record<string, string>;
}

/**
 * The signature over a link's parameters and its blob.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/create-service-sas#construct-a-service-sas
 */
function sign(given: Record<string, string>, blobPath: string): string {
  const value = (name: string): string => given[name] ?? "";
  const fields = [
    value("sp"),
    value("st"),
    value("se"),
    `/blob/${ACCOUNT.name}${blobPath}`,
    value("si"),
    value("sip"),
    value("spr"),
    value("sv"),
    value("sr"),
    "", // The snapshot's time: the mock's blobs have none.
    // Versions from 2020-12-06 sign an encryption scope as well.
    ...(value("sv") >= "2020-12-06" ? [value("ses")] : []),
    value("rscc"),
    value("rscd"),
    value("rsce"),
    value("rscl"),
    value("rsct"),
  ];
  return createHmac("sha256", SIGNING_KEY).update(fields.join("\n")).digest("base64");
}

function seconds(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
