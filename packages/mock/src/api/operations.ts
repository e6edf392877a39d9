import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { getHttpOperationsFromSpec } from "@stoplight/prism-http";
import { readRegularFile } from "../files/regular-file.ts";
import { packageFile } from "../package-files.ts";

/** An operation of a spec, in Prism's form. */
export type Operation = Awaited<ReturnType<typeof getHttpOperationsFromSpec>>[number];

/** The operations of the built-in spec, as the build wrote them down. */
export interface KnownOperations {
  /** The hash of the spec's bytes, in hex. */
  sha256: string;
  operations: Operation[];
}

/**
 * The operations of an OpenAPI file.
 *
 * Rejects with an Error of one line when the file cannot be read or is no OpenAPI document with operations.
 */
export async function readOperations(specFile: string): Promise<Operation[]> {
  // Read here first, as Prism's errors for a missing and for an invalid file differ only in their words.
  const bytes = await readRegularFile(specFile).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`The spec ${specFile} cannot be read (${error.code}).`, { cause: error });
  });
  const known = JSON.parse(
    await readFile(packageFile("dist/operations.json"), "utf8"),
  ) as KnownOperations;
  if (sha256(bytes) === known.sha256) return known.operations;

  let operations: Operation[];
  try {
    // Reading a spec takes as long as all the rest of a start, so the usual one was read when the mock was built.
    const read = await import("@stoplight/prism-http/dist/utils/operations.js");
    operations = await read.getHttpOperationsFromSpec(resolve(specFile));
  } catch (error) {
    throw new Error(`The spec ${specFile} is not valid: ${firstLine(error)}`, { cause: error });
  }
  if (operations.length === 0) {
    throw new Error(
      `The spec ${specFile} is not valid: expected operations under "paths", found none.`,
    );
  }
  return operations;
}

/** @see {@link KnownOperations.sha256} */
export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
