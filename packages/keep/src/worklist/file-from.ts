import { open, stat } from "node:fs/promises";
import { KeepError, invalid } from "../words/keep-error.ts";

const CHUNK = 1 << 16;

/**
 * The bytes of a file from `start` to before `end`. It is opened when reading begins, so that an unread one is not left
 * open.
 *
 * @throws KeepError for anything but a regular file, which alone can be read again from any byte: opening a pipe could
 * wait for ever, and no signal would end that.
 */
export async function* fileFrom(
  option: string,
  path: string,
  start = 0,
  end = Infinity,
): AsyncGenerator<Uint8Array> {
  try {
    const facts = await stat(path);
    // A folder can be opened, and fails only when it is read.
    if (facts.isDirectory()) throw Object.assign(new Error("It is a folder."), { code: "EISDIR" });
    if (facts.isFile()) {
      const file = await open(path);
      yield* file.createReadStream({ start, end: end - 1, highWaterMark: CHUNK });
      return;
    }
  } catch (error) {
    const { code = "?" } = error as NodeJS.ErrnoException;
    throw new KeepError(invalid(option, `a file that can be read (${code})`, path).message, {
      cause: error,
    });
  }
  const what = option === "--worklist" ? "a file, or - for the standard input" : "a file";
  throw invalid(option, `${what}, no pipe or device`, path);
}
