import { fdatasync, fsync } from "node:fs";
import { promisify } from "node:util";

// By file descriptor: under Yarn's Plug'n'Play a FileHandle has neither `datasync` nor `sync`.

/** Flushes the data of a file to the disk. */
export const dataFlushed = promisify(fdatasync);

/** Flushes a file or a folder to the disk. */
export const flushed = promisify(fsync);
