import { exec, execFile } from "node:child_process";
import { cp, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");

/** Packs the client and what it depends on as they would be published, and unpacks them into a folder outside. */
export async function installPacked(outside: string): Promise<void> {
  for (const [name, folder] of [
    ["@np6-archives/client", join(root, "packages/client")],
    ["@np6-archives/spec", join(root, "spec")],
  ] as const) {
    const tarball = join(outside, `${name.replace("/", "-")}.tgz`);
    // Windows has it as a .cmd, which only a shell runs.
    await promisify(exec)(`pnpm pack --out "${tarball}"`, { cwd: folder });
    const target = join(outside, "node_modules", name);
    await mkdir(target, { recursive: true });
    await run("tar", ["-xzf", tarball, "-C", target, "--strip-components", "1"]);
  }
  const fetcher = await realpath(join(root, "packages/client/node_modules/openapi-fetch"));
  for (const name of ["openapi-fetch", "openapi-typescript-helpers"]) {
    const target = join(outside, "node_modules", name);
    await cp(join(fetcher, "..", name), target, { recursive: true, dereference: true });
  }
}
