/*
 * Writes the bill of materials of each published package, in CycloneDX, into a folder.
 *
 *   node bills-of-materials.ts FOLDER
 *
 * To be run after a build, which knows what the mock bundles.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

interface Component {
  group?: string;
  name: string;
  version: string;
  "bom-ref": string;
  scope?: string;
  properties?: object[];
}

interface Bill {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("bills-of-materials: expected a folder to write to, got none.");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const file = join(resolve(folder), "%s-%v.json");
sbom("--filter", "./packages/*", "--filter", "./spec", "--prod", "--split", "--out", file);

const mock = JSON.parse(sbom("--filter", "@np6-archives/mock")) as Bill;
const { name, version } = mock.metadata.component;
writeFileSync(
  join(folder, `np6-archives-${name}-${version}.json`),
  JSON.stringify(shipped(mock), null, 2),
);

function sbom(...args: string[]): string {
  const command = ["sbom", "--sbom-format", "cyclonedx", ...args];
  return execFileSync("pnpm", command, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
}

/** The mock bundles some of its development dependencies: these are shipped to whoever installs it. */
function shipped({ components, dependencies, ...bill }: Bill): Bill {
  const notices = readFileSync(join(root, "packages/mock/dist/THIRD-PARTY-NOTICES.md"), "utf8");
  const bundled = new Set([...notices.matchAll(/^## (\S+ \S+) \(/gm)].map(([, one]) => one));
  const kept = components.filter(({ group, name: short, version: of, scope }) => {
    const full = group === undefined ? short : `${group}/${short}`;
    // Its licence is included, in a folder of its own.
    return scope !== "excluded" || full === "swagger-ui-dist" || bundled.has(`${full} ${of}`);
  });
  for (const component of kept) {
    delete component.scope;
    delete component.properties;
  }
  const refs = new Set(kept.map((component) => component["bom-ref"]));
  return {
    ...bill,
    components: kept,
    dependencies: dependencies
      .filter(({ ref }) => refs.has(ref) || ref === bill.metadata.component["bom-ref"])
      .map(({ ref, dependsOn = [] }) => ({
        ref,
        dependsOn: dependsOn.filter((to) => refs.has(to)),
      })),
  };
}
