// Writes schema.gen.ts (types) and validate.gen.ts (response validators) from openapi.yaml.
import { readFile, writeFile } from "node:fs/promises";
import { _, Ajv } from "ajv";
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
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    strict: true,
    keywords: ["components", "x-provenance", "x-provenance-note"],
    formats: { "date-time": isDateTime },
    code: { source: true, esm: true, formats: _`formats` },
  });
  ajv.addSchema({ $id: "openapi", components: { schemas } });
  const code = standaloneCode.default(ajv, {
    mailArchives: "openapi#/components/schemas/MailArchives",
  });
  return `// @ts-nocheck: compiled code. validate.ts gives it types.\n${compact(code)}\n`;
}

/**
 * What Ajv compiled, as one function `mailArchives(data, isDateTime)` that returns `[path, expected]` of each issue.
 *
 * Ajv writes out an error object per check, with the schema beside: three quarters of the code, which a client would
 * carry to every page and worker.
 */
function compact(code: string): string {
  const compacted = code
    .replace(/^.*(?=function validate\d+\()/s, "export ")
    .replace(
      /function validate\d+\(data, \{.*?\}=\{\}\)\{/,
      "function mailArchives(data, isDateTime){",
    )
    .replace("let vErrors = null;let errors = 0;", "const issues = [];")
    .replace(/validate\d+\.errors = vErrors;return errors === 0;/, "return issues;")
    .replace(
      /const (err\d+) = (.*?);if\(vErrors === null\)\{vErrors = \[\1\];\}else \{vErrors\.push\(\1\);\}errors\+\+;/g,
      "issues.push($2);",
    )
    .replace(
      /\{instancePath(?::instancePath)?(.*?),schemaPath:"[^"]*",keyword:"required",params:\{missingProperty: "(\w+)"\}\}/g,
      '[""$1+"/$2", "a value"]',
    )
    .replace(
      /\{instancePath(?::instancePath)?(.*?),schemaPath:"[^"]*",keyword:"\w+",params:\{\w+: ("[^"]+")\}\}/g,
      '[""$1, $2]',
    )
    .replace(/formats\d+\(/g, "isDateTime(")
    .replaceAll(/[;{}](?=if|for|let|issues|\}|return)/g, "$&\n");
  const left = /.*(instancePath|[eE]rrors|err\d|schema|formats|validate).*/.exec(compacted);
  if (left !== null) throw new Error(`Ajv compiled what compact() does not know: ${left[0]}`);
  return compacted;
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
