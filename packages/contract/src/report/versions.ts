import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The versions of what made a result, each as `1.2.3`. */
export interface Versions {
  /** Of @np6-archives/contract. */
  contract: string;
  /** Of @np6-archives/spec. */
  spec: string;
  /** Of Node.js. */
  node: string;
}

/** The versions that run here. */
export function versions(): Versions {
  return {
    contract: versionIn(new URL("../../package.json", import.meta.url)),
    spec: versionIn(new URL(import.meta.resolve("@np6-archives/spec/package.json"))),
    node: process.versions.node,
  };
}

function versionIn(manifest: URL): string {
  return (JSON.parse(readFileSync(fileURLToPath(manifest), "utf8")) as { version: string }).version;
}
