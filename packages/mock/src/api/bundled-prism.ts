import { createInstance } from "@stoplight/prism-http";
import { readOperations } from "./operations.ts";

/** What Prism makes of a config and components: it routes, validates and answers. */
export interface PrismInstance {
  request(input: object, operations: readonly object[]): () => Promise<unknown>;
}

/**
 * Prism as it is bundled here, so that `@np6-archives/contract` needs no copy of its own. For that package alone: it
 * may change with any version. Prism's own declarations do not stand alone, so these say no more than they must.
 */
export const prism: {
  createInstance: (config: object, components: object) => PrismInstance;
  /**
   * The operations of an OpenAPI file.
   *
   * Rejects with an Error of one line when the file cannot be read or is no OpenAPI document with operations.
   */
  readOperations: (specFile: string) => Promise<object[]>;
} = {
  createInstance: createInstance as never,
  readOperations,
};
