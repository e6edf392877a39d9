import { createHash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A BagIt 1.0 bag (RFC 8493) that is being written. */
export interface Bag {
  /** Writes a file of the payload: `data/` and a name without `%` and line breaks. Returns its SHA-256. */
  add(path: string, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string>;
  /** Writes the tag files. */
  close(): Promise<void>;
}

/** The signal stops the writing. */
export function createBag(folder: string, signal: AbortSignal): Bag {
  const payload: string[] = [];
  const tags: string[] = [];
  let octets = 0;

  async function write(path: string, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
    signal.throwIfAborted();
    const whole = join(folder, path);
    await mkdir(dirname(whole), { recursive: true, mode: 0o700 });
    const hash = createHash("sha256");
    const file = await open(whole, "wx", 0o600);
    let size = 0;
    try {
      for await (const chunk of bytes) {
        signal.throwIfAborted();
        hash.update(chunk);
        size += chunk.length;
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
    return { sha256: hash.digest("hex"), size };
  }

  async function tag(path: string, lines: readonly string[]): Promise<void> {
    const text = lines.map((line) => `${line}\n`).join("");
    const { sha256 } = await write(path, [Buffer.from(text)]);
    tags.push(`${sha256}  ${path}`);
  }

  return {
    async add(path, bytes) {
      const { sha256, size } = await write(path, bytes);
      octets += size;
      payload.push(`${sha256}  ${path}`);
      return sha256;
    },
    async close() {
      await tag("bagit.txt", ["BagIt-Version: 1.0", "Tag-File-Character-Encoding: UTF-8"]);
      await tag("bag-info.txt", [
        `Bagging-Date: ${new Date().toISOString().slice(0, 10)}`,
        `Payload-Oxum: ${octets}.${payload.length}`,
      ]);
      await tag("manifest-sha256.txt", payload);
      await tag("tagmanifest-sha256.txt", tags);
    },
  };
}
