import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { Violation } from "../exchange/violation.ts";
import { pointerKeys } from "../json-pointer.ts";

/** How sure a fact is, by `x-provenance` in the spec. A fact without an element in the spec is assumed. */
export type Provenance = "documented" | "observed" | "assumed";

type Node = Record<string, unknown>;

/** How sure each element of the spec is, and the ids of its examples. */
export class SpecFacts {
  readonly #document: Node;

  private constructor(document: Node) {
    this.#document = document;
  }

  /** Reads the spec of @np6-archives/spec. */
  static async load(): Promise<SpecFacts> {
    const file = new URL(import.meta.resolve("@np6-archives/spec/openapi.yaml"));
    return new SpecFacts(parse(await readFile(file, "utf8")) as Node);
  }

  /** How sure the element at these keys is, from the root of the document. */
  provenance(...keys: string[]): Provenance {
    return provenanceOf(this.#find(keys));
  }

  /** How sure the fact is that a response violates. */
  violated(violation: Violation): Provenance {
    const [part, ...rest] = violation.where.split("/");
    const operation = this.#operation(violation.operation);
    const responses = Object.values((operation?.["responses"] ?? {}) as Node).map((response) =>
      this.#resolve(response)!,
    );
    if (part === "response.headers") {
      for (const { headers = {} } of responses as { headers?: Node }[]) {
        const name = Object.keys(headers).find((key) => key.toLowerCase() === rest[0]);
        if (name !== undefined) return provenanceOf(this.#resolve(headers[name]));
      }
    }
    if (part === "response.body" || part === "response.media-type") {
      const response = responses.find(({ content }) => content !== undefined);
      const [media] = Object.values((response?.["content"] ?? {}) as Record<string, Node>);
      let schema = this.#resolve(media?.["schema"]);
      let provenance = provenanceOf(response);
      for (const key of part === "response.body" ? rest : []) {
        const properties = schema?.["properties"] as Node | undefined;
        schema = this.#resolve(properties?.[key] ?? schema?.["items"]);
        provenance = schema?.["x-provenance"] === undefined ? provenance : provenanceOf(schema);
      }
      return provenance;
    }
    return provenanceOf(operation);
  }

  /** The reference page's example of a parameter of an operation, such as the target `000T123`. */
  example(path: string, parameter: string): string {
    const parameters = this.#find(["paths", path, "get", "parameters"]) as unknown as
      | { name: string; examples?: { reference?: { value: string } } }[]
      | undefined;
    return parameters?.find(({ name }) => name === parameter)?.examples?.reference?.value ?? "";
  }

  #operation(operationId: string | undefined): Node | undefined {
    return Object.values((this.#document["paths"] ?? {}) as Record<string, Record<string, Node>>)
      .flatMap((path) => Object.values(path))
      .find((operation) => operation["operationId"] === operationId);
  }

  #find(keys: readonly string[]): Node | undefined {
    return keys.reduce<Node | undefined>((node, key) => this.#resolve(node?.[key]), this.#document);
  }

  #resolve(node: unknown): Node | undefined {
    const reference = (node as Node | undefined)?.["$ref"];
    if (typeof reference !== "string") return node as Node | undefined;
    return this.#find(pointerKeys(reference));
  }
}

function provenanceOf(node: Node | undefined): Provenance {
  return (node?.["x-provenance"] as Provenance | undefined) ?? "assumed";
}
