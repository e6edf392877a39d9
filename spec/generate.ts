// Writes schema.gen.ts (types), validate.gen.ts (response validators) and for-generators.json from openapi.yaml.
import { readFile, writeFile } from "node:fs/promises";
import { _, Ajv } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import openapiTS, { astToString } from "openapi-typescript";
import { parse } from "yaml";
import { isDateTime } from "./date-time.ts";
import { forGenerators } from "./for-generators.ts";

const HEADER =
  "// Generated from openapi.yaml by generate.ts. To change it, edit openapi.yaml and run `pnpm generate`.\n";

/** The generated files, by name, for an OpenAPI document given as text. */
export async function generate(
  openapi: string,
): Promise<Record<"schema.gen.ts" | "validate.gen.ts" | "for-generators.json", string>> {
  const types = await openapiTS(openapi, { rootTypes: true, rootTypesNoSchemaPrefix: true });
  const { schemas } = parse(openapi).components;
  return {
    "schema.gen.ts": HEADER + withDocstrings(astToString(types), schemas),
    "validate.gen.ts": HEADER + validators(schemas),
    "for-generators.json": forGenerators(openapi),
  };
}

/**
 * openapi-typescript describes what is inside the types, but not the types that others import by name. The tag makes
 * typedoc list the properties of such a type, where it would only show an alias.
 */
function withDocstrings(types: string, schemas: Record<string, { description?: string }>): string {
  const docstrings = {
    "interface paths": "The operations by path and method, as `openapi-fetch` takes them.",
    "interface operations": "The operations by `operationId`.",
    ...Object.fromEntries(
      Object.entries(schemas).map(([name, { description = "" }]) => [
        `type ${name} `,
        `${description} @useDeclaredType`,
      ]),
    ),
  };
  return Object.entries(docstrings).reduce(
    (text, [name, docstring]) =>
      text.replace(`export ${name}`, (declaration) => `/** ${docstring} */\n${declaration}`),
    types,
  );
}

/** Validators that import nothing, so that a client carries no validation library. */
function validators(schemas: object): string {
  const full = without(schemas, PROSE);
  const shape = without(schemas, [...PROSE, "format"]);
  return `// @ts-nocheck: compiled code. validate.ts gives it types.
${isDateTime.toString()}
const formats = { "date-time": isDateTime };
export const validateMailArchives = ${compiled(full)};
export const validateMailArchivesShape = ${compiled(shape)};
`;
}

/** An expression for a validator, marked so that bundlers drop it where it is not used. */
function compiled(schemas: object): string {
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    strict: true,
    keywords: ["components"],
    formats: { "date-time": isDateTime },
    code: { source: true, formats: _`formats` },
  });
  ajv.addSchema({ $id: "openapi", components: { schemas } });
  const validate = ajv.getSchema("openapi#/components/schemas/MailArchives");
  const commonJs = standaloneCode
    .default(ajv, validate)
    // Every client carries this code, so what nobody reads is dropped, such as where a keyword stands in the schema.
    .replaceAll(/schemaPath:"[^"]*",/g, "")
    .replace("vErrors = null", "vErrors = []")
    .replaceAll(/if\(vErrors === null\)\{.*?\}else \{(vErrors\.push\(err\d+\);)\}/g, "$1")
    // Stop at `most`: the errors of a long list in which all is wrong would fill the memory.
    .replace("parentData, parentDataProperty, rootData=data", "most=Infinity")
    .replace("i0<len0;", "i0<len0 && errors<most;")
    .replace(/module\.exports = (\w+);module\.exports\.default = \1;(.*)$/s, "$2return $1;");
  return `/* @__PURE__ */ (() => {\n${commonJs}\n})()`;
}

/** The compiled code keeps a copy of each schema; what says nothing about a value would only add weight. */
const PROSE = ["description", "x-provenance", "x-provenance-note"];

/**
 * A copy of the schemas without these keywords. A property that is named like one stays: its value is a schema, no
 * text.
 */
function without(schemas: object, keywords: string[]): object {
  return JSON.parse(
    JSON.stringify(schemas, (key, value) =>
      keywords.includes(key) && typeof value === "string" ? undefined : value,
    ),
  );
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  const openapi = await readFile(new URL("openapi.yaml", import.meta.url), "utf8");
  for (const [name, text] of Object.entries(await generate(openapi))) {
    const file = new URL(name, import.meta.url);
    if (!check) await writeFile(file, text);
    else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
      console.error(`spec/${name} does not match spec/openapi.yaml. Mend it with: pnpm generate`);
      process.exitCode = 1;
    }
  }
}
