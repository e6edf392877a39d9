import { createInstance } from "@stoplight/prism-http";
import { readOperations } from "./operations.ts";

/** A Prism with a config and components: it routes, validates and answers. */
export interface PrismInstance {
  request(input: object, operations: readonly object[]): () => Promise<unknown>;
}

/**
 * Prism as it is bundled here, so that `@np6-archives/contract` needs no copy of its own. Only for that package: it may
 * change with any version. The types are minimal, as Prism's own declarations need other packages.
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
