import { fdatasync, fsync } from "node:fs";
import { promisify } from "node:util";

// By the file's number: under Yarn's Plug'n'Play a handle has neither `datasync` nor `sync`.

/** Brings what a file holds to the disk. */
export const dataFlushed = promisify(fdatasync);

/** Brings a file or a folder to the disk. */
export const flushed = promisify(fsync);
