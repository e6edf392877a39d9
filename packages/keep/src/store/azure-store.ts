import { createHash, randomBytes } from "node:crypto";
import type { BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import { KeepError, invalid } from "../words/keep-error.ts";
import { optionalPackage } from "../words/optional-package.ts";
import { UnwritableError } from "../words/store-failures.ts";
import { UnreadableError, bytesOfLines, hashOf } from "./store.ts";
import type { Store, Stored } from "./store.ts";

/** How much is sent in one request: a usual mail as a whole, a larger one in blocks. Bytes. */
const BLOCK = 4 << 20;
/** How often a connection may break while one blob is read. */
const MOST_BREAKS = 5;
/**
 * No `.` or `..`, which would lead to another place in a URL; the rest as the vendor wants it:
 * https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
 */
const ADDRESS = /^azure:\/\/(?!.*\/\.\.?(?:\/|$))([a-z0-9](?:-?[a-z0-9]){2,62})(?:\/(.*?))?\/*$/;
const WANTED =
  "azure://CONTAINER[/PREFIX], the container 3 to 63 of a-z, 0-9 and single -, no . or .. in the prefix";
const CONNECTION = "AZURE_STORAGE_CONNECTION_STRING";

/**
 * A store in a container of Azure Blob Storage, `azure://CONTAINER[/PREFIX]`. With `make` the container is made when it
 * is not there.
 *
 * Rejects with KeepError when there is none, when the environment has no connection string, or when the package of the
 * vendor is not installed.
 */
export async function openContainer(address: string, { make = false } = {}): Promise<Store> {
  const [, name, folder = ""] = ADDRESS.exec(address) ?? [];
  if (name === undefined) throw invalid("--store", WANTED, address);
  const connection = process.env[CONNECTION] ?? "";
  if (connection === "") {
    throw new KeepError(`${CONNECTION}: expected the account of --store, got nothing.`);
  }
  const { ContainerClient: Client } = await optionalPackage(
    "--store",
    "@azure/storage-blob",
    () => import("@azure/storage-blob"),
  );
  let container: ContainerClient;
  try {
    container = new Client(connection, name);
  } catch (error) {
    // Its own message may show the key.
    throw new KeepError(`${CONNECTION}: expected a connection string, got another text.`, {
      cause: error,
    });
  }
  const isThere = await send(() => container.exists()).catch((error: UnwritableError) => {
    const status = statusOf(error.cause);
    if (status !== 401 && status !== 403) throw error;
    throw new KeepError(
      `${CONNECTION}: expected a key that the account takes, got one that it refuses (${status}).`,
      { cause: error },
    );
  });
  if (!isThere && !make) throw invalid("--store", "a container that is there", address);
  if (!isThere) await send(() => container.createIfNotExists());
  const prefix = folder === "" ? "" : `${folder}/`;
  const blobOf = (path: string) => container.getBlockBlobClient(prefix + path);

  /** Resumes after the last byte when a connection breaks, which the package itself does not do. */
  async function* read(path: string): AsyncGenerator<Uint8Array> {
    let offset = 0;
    const conditions: { ifMatch?: string } = {};
    for (let breaks = 0; ; breaks += 1) {
      try {
        const answer = await blobOf(path).download(offset, undefined, { conditions });
        if (answer.etag !== undefined) conditions.ifMatch = answer.etag;
        for await (const chunk of answer.readableStreamBody ?? []) {
          offset += chunk.length;
          yield chunk as Uint8Array;
        }
        return;
      } catch (error) {
        if (!isBroken(error) || breaks === MOST_BREAKS) throw ofOneBlob(unreached(error), path);
      }
    }
  }

  async function look(path: string): Promise<Stored | undefined> {
    return (await has(path)) ? hashOf(read(path)) : undefined;
  }

  const has = (path: string) => send(() => blobOf(path).exists());

  return {
    async put(path, body) {
      const facts = await upload(blobOf(path), body, false);
      const stored = facts ?? (await look(path));
      if (stored) return stored;
      throw new UnwritableError(
        `The store cannot be written: ${path} is there and cannot be read.`,
      );
    },
    look,
    has,
    // A blob is durable when the request that makes it is answered.
    flush: () => Promise.resolve(),
    read,
    async remove(path) {
      await send(() => blobOf(path).deleteIfExists());
    },
    async *list(below) {
      try {
        const blobs = container.listBlobsFlat({ prefix: `${prefix}${below}/` });
        for await (const blob of blobs) yield blob.name.slice(prefix.length);
      } catch (error) {
        throw unreached(error);
      }
    },
    async names() {
      const found = await send(() =>
        Array.fromAsync(container.listBlobsByHierarchy("/", { prefix })),
      );
      return found.map((entry) => entry.name.slice(prefix.length).replace(/\/$/, ""));
    },
    async write(path, lines) {
      const facts = await upload(blobOf(path), bytesOfLines(lines), true);
      return facts?.sha256 ?? "";
    },
    // A blob is whole or not there: uncommitted blocks are no blob, and expire by themselves.
    sweep: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** Sends bytes, each request with its MD5. Returns undefined where a blob is already there and must not be replaced. */
async function upload(
  blob: BlockBlobClient,
  body: AsyncIterable<Uint8Array>,
  replaces: boolean,
): Promise<Stored | undefined> {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  const blocks: string[] = [];
  let bytes = 0;
  let chunks: Uint8Array[] = [];
  let waiting = 0;
  const conditions = replaces ? {} : { ifNoneMatch: "*" };
  // Random, as blocks with the same id replace each other, also those that another machine sends for other bytes.
  const own = randomBytes(4);
  const stage = async (block: Buffer) => {
    const place = Buffer.alloc(4);
    place.writeUInt32BE(blocks.length);
    const id = Buffer.concat([own, place]).toString("base64");
    const transactionalContentMD5 = createHash("md5").update(block).digest();
    await send(() => blob.stageBlock(id, block, block.length, { transactionalContentMD5 }));
    blocks.push(id);
  };
  const gather = () => {
    const block = Buffer.concat(chunks);
    chunks = [];
    waiting = 0;
    return block;
  };
  for await (const chunk of body) {
    sha256.update(chunk);
    md5.update(chunk);
    chunks.push(chunk);
    bytes += chunk.length;
    waiting += chunk.length;
    if (waiting >= BLOCK) await stage(gather());
  }
  const rest = gather();
  const whole = md5.digest();
  const blobHTTPHeaders = { blobContentMD5: whole, blobContentType: "application/octet-stream" };
  try {
    if (blocks.length === 0) {
      const options = { conditions, blobHTTPHeaders, transactionalContentMD5: whole };
      await send(() => blob.upload(rest, rest.length, options));
    } else {
      if (rest.length > 0) await stage(rest);
      await send(() => blob.commitBlockList(blocks, { conditions, blobHTTPHeaders }));
    }
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    const status = statusOf(cause);
    // Uncommitted blocks are dropped when another process creates the blob.
    const isThere = status === 409 || status === 412 || cause?.code === "InvalidBlockList";
    if (!replaces && isThere) return undefined;
    throw error;
  }
  return { bytes, sha256: sha256.digest("hex") };
}

/** Sends a request; a failure becomes an UnwritableError. */
async function send<Value>(request: () => Promise<Value>): Promise<Value> {
  try {
    return await request();
  } catch (error) {
    throw unreached(error);
  }
}

/** The failure to report: only its code, since an address may have a signature. */
function unreached(error: unknown): UnwritableError {
  const status = statusOf(error);
  const reason =
    codeOf(error) ?? (isBroken(error) ? "its connection broke" : (error as Error).name);
  const what = [reason, status === undefined ? "" : `(${status})`].join(" ").trim();
  return new UnwritableError(`The store cannot be reached or written: ${what}.`, { cause: error });
}

/** Whether a connection broke in the middle of an answer: the package reports that as an abort. */
function isBroken(error: unknown): boolean {
  return (error as Error).name === "AbortError";
}

/** The error to report: one about this blob alone if that is archived, or was removed or changed meanwhile. */
function ofOneBlob(error: UnwritableError, path: string): UnwritableError {
  const code = codeOf(error.cause);
  const isOfOne = [404, 409, 412].includes(statusOf(error.cause) ?? 0);
  return isOfOne && code ? new UnreadableError(path, code, { cause: error }) : error;
}

/** The storage's own name for a failure, which an answer without a body has in a header alone. */
function codeOf(error: unknown): string | undefined {
  const { code, details } = error as { code?: string; details?: { errorCode?: string } };
  return code ?? details?.errorCode;
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | undefined)?.statusCode;
}
