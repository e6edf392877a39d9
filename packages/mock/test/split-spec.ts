import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * The contract in two files, one in a folder whose name must be escaped in a URL: paths refer to the parts, and parts
 * to each other.
 */
export async function splitSpec(folder: string): Promise<{ spec: string; parts: string }> {
  const contract = createRequire(import.meta.url).resolve("@np6-archives/spec/openapi.yaml");
  const text = await readFile(contract, "utf8");
  const [head = "", components = ""] = text.split(/^components:\n/m);
  const [security = ""] = /^ {2}securitySchemes:\n(?: {4}.*\n)+/.exec(components) ?? [];
  const spec = join(folder, "openapi.yaml");
  const parts = join(folder, "Les pièces", "all.yaml");
  await mkdir(join(folder, "Les pièces"));
  await writeFile(parts, `components:\n${components}`);
  const paths = head.replaceAll('"#/', '"./Les%20pi%C3%A8ces/all.yaml#/');
  await writeFile(spec, `${paths}components:\n${security}`);
  return { spec, parts };
}
