import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { flushed } from "./flushed.ts";

const WRITE_AT = 1 << 16;

const PART = /(?:^|[./])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/;

/** Whether this is an unfinished file, by its random name. */
export function isPart(path: string): boolean {
  return PART.test(path);
}

/** Writes a file whole or not at all, a line at a time. Returns its SHA-256. */
export async function writeWhole(
  path: string,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<string> {
  const part = `${path}.${randomUUID()}.part`;
  const hash = createHash("sha256");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(part, "wx", 0o600);
  try {
    let text = "";
    const drain = async () => {
      hash.update(text);
      await file.writeFile(text);
      text = "";
    };
    for await (const line of lines) {
      text += `${line}\n`;
      if (text.length >= WRITE_AT) await drain();
    }
    await drain();
    await flushed(file.fd);
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
  await file.close();
  await rename(part, path);
  return hash.digest("hex");
}
