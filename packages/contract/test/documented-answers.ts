import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** An answer that the spec documents for an operation. */
export interface DocumentedAnswer {
  operation: string;
  /** `200`, `404`, `5XX`, ... */
  status: string;
  /** The name and value of an example of its body; undefined where the answer has no body. */
  example: { name: string; value: unknown } | undefined;
}

type Node = Record<string, unknown>;

/** Every answer that the spec documents: each operation, each status, each named example. */
export async function documentedAnswers(): Promise<DocumentedAnswer[]> {
  const file = new URL(import.meta.resolve("@np6-archives/spec/openapi.yaml"));
  const spec = parse(await readFile(file, "utf8")) as Node;
  const resolve = (node: unknown): Node => {
    const reference = (node as { $ref?: string }).$ref;
    if (reference === undefined) return node as Node;
    const keys = reference.split("/").slice(1);
    return keys.reduce<unknown>((parent, key) => (parent as Node)[key], spec) as Node;
  };
  return Object.values(spec["paths"] as Record<string, { get: Node }>).flatMap(({ get }) =>
    Object.entries(get["responses"] as Node).flatMap(([status, response]): DocumentedAnswer[] => {
      const operation = String(get["operationId"]);
      const bodies = Object.values((resolve(response)["content"] ?? {}) as Record<string, Node>);
      if (bodies.length === 0) return [{ operation, status, example: undefined }];
      return bodies.flatMap(({ examples }) =>
        Object.entries(examples as Node).map(([name, example]) => ({
          operation,
          status,
          example: { name, value: resolve(example)["value"] },
        })),
      );
    }),
  );
}
