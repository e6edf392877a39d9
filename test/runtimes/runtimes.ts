import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

const { platform, arch } = process;
const installed = join(import.meta.dirname, "node_modules");
const program = (name: string) => (platform === "win32" ? `${name}.exe` : name);

/**
 * The first of these files that is installed for this platform, by its real path, as some tools look for files beside
 * it.
 */
function found(...paths: string[]): string | undefined {
  const path = paths.map((each) => join(installed, each)).find((each) => existsSync(each));
  return path === undefined ? undefined : realpathSync(path);
}

/**
 * The Nodes that a consumer may have, by version: of each supported line, the oldest that npm has for this Linux. npm
 * has hardly any for macOS, and those for Windows would be installed everywhere. There the Node that runs the tests
 * stands in for what is missing, under a name that says so.
 */
export const NODES: readonly (readonly [name: string, path: string])[] = [20, 22, 24, 26].map(
  (line) => {
    const folder = `node${line}-${platform}-${arch}`;
    const path = found(`${folder}/bin/node`);
    return path === undefined
      ? [`${process.version}, for want of Node ${line}`, process.execPath]
      : [`Node ${versionOf(folder)}`, path];
  },
);

function versionOf(folder: string): string {
  const manifest = readFileSync(join(installed, folder, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version.replace(/^v/, "");
}

/**
 * The path of Bun for this platform.
 *
 * @throws Error when npm has none for it.
 */
export function bun(): string {
  const name = { darwin: "darwin", win32: "windows" }[platform as string] ?? platform;
  const cpu = arch === "arm64" ? "aarch64" : arch;
  return demanded("Bun", found(`@oven/bun-${name}-${cpu}/bin/${program("bun")}`));
}

/**
 * The path of Deno for this platform.
 *
 * @throws Error when npm has none for it.
 */
export function deno(): string {
  return demanded(
    "Deno",
    found(`@deno/${platform}-${arch}-glibc/deno`, `@deno/${platform}-${arch}/${program("deno")}`),
  );
}

function demanded(name: string, path: string | undefined): string {
  if (path !== undefined) return path;
  throw new Error(
    `Expected npm to have ${name} for this platform, got none for ${platform} ${arch}.`,
  );
}
