import { fdatasync, fsync } from "node:fs";
import { promisify } from "node:util";

// By the file's number: under Yarn's Plug'n'Play a handle has neither `datasync` nor `sync`.

/** What a file holds is on the disk. */
export const dataFlushed = promisify(fdatasync);

/** A file or a folder is on the disk. */
export const flushed = promisify(fsync);
