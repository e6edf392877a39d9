import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import type { Operation, Schema } from "./operation.ts";

const DRAFT_2020_12 = "https://json-schema.org/draft/2020-12/schema";

/**
 * Has the schemas of OpenAPI 3.1 and newer read as the JSON Schema 2020-12 that they are. Where a document names no
 * dialect, Prism takes them for draft 7, and where it names OpenAPI's own, holds nothing to them.
 */
export async function setDialect(operations: readonly Operation[], file: string): Promise<void> {
  const document = parseDocument(await readFile(file, "utf8"));
  const dialect = document.get("jsonSchemaDialect");
  const isOther = typeof dialect === "string" && !dialect.startsWith(OPENAPI_DIALECT);
  if (isOther || !/^3\.[1-9]/.test(String(document.get("openapi")))) return;
  for (const schema of operations.flatMap(schemasOf)) schema.$schema = DRAFT_2020_12;
}

/** OpenAPI's own adds words to JSON Schema 2020-12 that say nothing of what is valid. */
const OPENAPI_DIALECT = "https://spec.openapis.org/oas/3.";

function schemasOf({ request = {}, responses }: Operation): Schema[] {
  const { query = [], path = [], headers = [], body } = request;
  const described = [
    query,
    path,
    headers,
    body?.contents ?? [],
    ...responses.flatMap((response) => [response.headers ?? [], response.contents ?? []]),
  ];
  return described.flat().flatMap(({ schema }) => (schema === undefined ? [] : [schema]));
}
