import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const spec = join(import.meta.dirname, "..");
let copy: string;
let yaml: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "np6-lint-"));
  await cp(join(spec, "redocly.yaml"), join(copy, "redocly.yaml"));
  yaml = await readFile(join(spec, "openapi.yaml"), "utf8");
});
afterAll(() => rm(copy, { recursive: true }));

/** What the linter prints for the contract without the first `line` after `anchor`. */
async function lintWithout(line: RegExp, anchor: string): Promise<string> {
  const at = yaml.indexOf(anchor);
  const file = `${randomUUID()}.yaml`;
  await writeFile(join(copy, file), yaml.slice(0, at) + yaml.slice(at).replace(line, ""));
  const { stdout, stderr } = await run(join(spec, "node_modules/.bin/redocly"), ["lint", file], {
    cwd: copy,
  }).catch((error) => error);
  return stdout + stderr;
}

test.each([
  ["operation", "operationId: listStampArchives"],
  ["parameter", "    StartDate:"],
  ["response", "    NotFound:"],
  ["header", "    RequestId:"],
  ["property", "        expiresOn:\n"],
  ["security scheme", "    apiKey:"],
])("an element without its x-provenance is found: %s", async (what, anchor) => {
  expect(await lintWithout(/ +x-provenance: \w+\n/, anchor)).toContain(
    `Say how sure this ${what} is`,
  );
});

test.each([
  ["operationId", / +operationId: \w+\n/, "operation-operationId"],
  ["tag", / +tags: \[Archives\]\n/, "operation-tag-defined"],
  ["description", / +description: [^|\n]+\n/, "operation-description"],
  ["examples", / +examples:\n(?: {16,}.+\n)+/, "response-has-examples"],
] as const)("an operation without its %s is found", async (_, line, rule) => {
  expect(await lintWithout(line, "  /actions/{id}/targets/{target}/archives:")).toContain(rule);
});
