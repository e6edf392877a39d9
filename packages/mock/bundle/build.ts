// Bundles the mock with its engine into dist/, so that nobody who installs the mock has to install the engine's
// dependencies: no newer Node, no install script, and no package but the spec.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { getHttpOperationsFromSpec } from "@stoplight/prism-http";
import type { RolldownOutput } from "rolldown";
import { rolldown } from "rolldown";
import type { KnownOperations } from "../src/api/operations.ts";
import { sha256 } from "../src/api/operations.ts";
import { chunkOf } from "./chunks.ts";
import { leaveOut } from "./leave-out.ts";
import { noticesOf } from "./notices.ts";
import { smallEngine } from "./small-engine.ts";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(HERE, "dist");

/** Warnings after which the bundle does not work. */
const BROKEN = new Set([
  "UNRESOLVED_IMPORT",
  "MISSING_EXPORT",
  "IMPORT_IS_UNDEFINED",
  "SOURCEMAP_BROKEN",
]);

await rm(DIST, { recursive: true, force: true });

/** Only for `Prefer: dynamic=true`, and loaded when that is first asked for. */
const invented = await bundle({ "invented-values": "bundle/invented-values.cjs" }, "cjs");
const server = await bundle(
  { index: "src/index.ts", cli: "src/cli.ts", "bundled-prism": "src/api/bundled-prism.ts" },
  "esm",
);

const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const assets = join(DIST, "swagger-ui");
await mkdir(assets);
for (const name of ["swagger-ui.css", "swagger-ui-bundle.js", "LICENSE", "NOTICE"]) {
  await cp(join(swagger, name), join(assets, name));
}

const spec = createRequire(import.meta.url).resolve("@np6-archives/spec/openapi.yaml");
const known: KnownOperations = {
  sha256: sha256(await readFile(spec)),
  operations: await getHttpOperationsFromSpec(spec),
};
await writeFile(join(DIST, "operations.json"), JSON.stringify(known));

const modules = [invented, server].flatMap(({ output }) =>
  output.flatMap((part) => (part.type === "chunk" ? Object.keys(part.modules) : [])),
);
await writeFile(join(DIST, "THIRD-PARTY-NOTICES.md"), await noticesOf(modules));

async function bundle(
  input: Record<string, string>,
  format: "esm" | "cjs",
): Promise<RolldownOutput> {
  const made = await rolldown({
    cwd: HERE,
    input,
    platform: "node",
    external: /^@np6-archives\/spec(\/|$)/,
    // Of a package with both forms both would be bundled, as some parts of the engine ask for one, some for the other.
    resolve: { mainFields: ["main", "module"] },
    // It would drop what is only used by copying all exports of a module, as the reference resolver does to learn what
    // system it runs on.
    treeshake: { commonjs: false },
    plugins: [leaveOut, smallEngine],
    onLog(level, log) {
      if (level === "warn" && BROKEN.has(log.code ?? "")) throw new Error(log.message);
    },
  });
  const output = await made.write({
    dir: DIST,
    format,
    sourcemap: true,
    ...(format === "esm" && {
      codeSplitting: { groups: [{ name: chunkOf, debugName: "others" }] },
    }),
    entryFileNames: format === "cjs" ? "[name].cjs" : "[name].js",
    chunkFileNames: "[name].js",
  });
  await made.close();
  return output;
}
