import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { packWithDependencies } from "@np6-archives/test-runtimes/packed-project";

const client = join(import.meta.dirname, "..");

/** Packs the client and its dependencies as they would be published, and unpacks them into a folder outside. */
export async function installPacked(outside: string): Promise<void> {
  for (const [name, tarball] of await packWithDependencies(client, outside)) {
    const target = join(outside, "node_modules", name);
    await mkdir(target, { recursive: true });
    // The tarball by its bare name: some tar programs read `C:` in a path as the name of another machine.
    const args = ["-xzf", basename(tarball), "-C", target, "--strip-components", "1"];
    await promisify(execFile)("tar", args, { cwd: dirname(tarball) });
  }
}
