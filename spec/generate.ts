// Writes schema.gen.ts (types) and validate.gen.ts (response validators) from openapi.yaml.
import { readFile, writeFile } from "node:fs/promises";
import { _ } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import standaloneCode from "ajv/dist/standalone/index.js";
import openapiTS, { astToString } from "openapi-typescript";
import { parse } from "yaml";
import { isDateTime } from "./date-time.ts";

const header =
  "// Generated from openapi.yaml by generate.ts. To change it, edit openapi.yaml and run `pnpm generate`.\n";

/** The generated files, by name, for an OpenAPI document given as text. */
export async function generate(
  openapi: string,
): Promise<Record<"schema.gen.ts" | "validate.gen.ts", string>> {
  const types = await openapiTS(openapi, { rootTypes: true, rootTypesNoSchemaPrefix: true });
  return {
    "schema.gen.ts": header + astToString(types),
    "validate.gen.ts": header + validators(parse(openapi).components.schemas),
  };
}

/** Validators that import nothing, so that a client carries no validation library. */
function validators(schemas: object): string {
  const ajv = new Ajv2020({
    allErrors: true,
    messages: false,
    strict: true,
    keywords: ["components", "x-provenance", "x-provenance-note"],
    formats: { "date-time": isDateTime },
    code: { source: true, esm: true, formats: _`formats` },
  });
  ajv.addSchema({ $id: "openapi", components: { schemas: withoutProse(schemas) } });
  const code = standaloneCode.default(ajv, {
    validateMailArchives: "openapi#/components/schemas/MailArchives",
  });
  return `// @ts-nocheck: compiled code. validate.ts gives it types.\nconst formats = { "date-time": ${isDateTime.toString()} };\n${code}\n`;
}

/** The compiled code keeps a copy of each schema; what says nothing about a value would only add weight. */
function withoutProse(schemas: object): object {
  return JSON.parse(
    JSON.stringify(schemas, (key, value) =>
      (key === "description" && typeof value === "string") || key.startsWith("x-provenance")
        ? undefined
        : value,
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
