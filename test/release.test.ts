import { execFile } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { runServer } from "verdaccio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The road from a change of the spec to a package in a consumer's hands, walked with real parts: a clone of this
// repository, a registry on loopback, and a consumer outside the workspace.

const repository = join(import.meta.dirname, "..");
const root = JSON.parse(await readFile(join(repository, "package.json"), "utf8")) as {
  packageManager: string;
};
const published = ["spec", "client", "mock", "contract"] as const;
const minute = 60_000;

let folder: string;
let clone: string;
let registry: Server;
let registryUrl: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "np6-release-")));
  clone = join(folder, "clone");
  registry = await startRegistry(join(folder, "registry"));
  registryUrl = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
}, minute);

afterAll(async () => {
  registry.closeAllConnections();
  registry.close();
  await rm(folder, { recursive: true, force: true });
});

/** A registry on loopback: our packages are its own, everything else comes from the registry in use. */
async function startRegistry(storage: string): Promise<Server> {
  const upstream = (await run("npm", ["config", "get", "registry"], repository)).trim();
  const server = (await runServer({
    configPath: join(storage, "config.yaml"),
    storage,
    auth: {},
    uplinks: { npm: { url: upstream } },
    packages: {
      "@np6-archives/*": { access: "$all", publish: "$all" },
      "**": { access: "$all", proxy: "npm" },
    },
    log: { type: "stdout", level: "fatal" },
    web: { enable: false },
  })) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Runs a program to its end and gives what it printed; a failure says all that it printed. */
async function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd,
      env: { ...process.env, DO_NOT_TRACK: "1", ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

const pnpm = (...args: string[]) => run("npx", ["-y", root.packageManager, ...args], clone);

describe("from a change of the spec", () => {
  test(
    "a field that is added reaches the generated types",
    async () => {
      await run("git", ["clone", "--quiet", repository, clone], folder);
      await run("git", ["config", "user.name", "rehearsal"], clone);
      await run("git", ["config", "user.email", "rehearsal@example.com"], clone);
      await pnpm("install", "--frozen-lockfile");

      const spec = join(clone, "spec/openapi.yaml");
      const yaml = await readFile(spec, "utf8");
      const field = [
        "        subject:",
        "          type: string",
        "          x-provenance: assumed",
        "          description: The subject of the mail.",
        "",
      ].join("\n");
      await writeFile(spec, yaml.replace(/(?<= {6}properties:\n)/, field));
      await pnpm("generate");
      expect(await readFile(join(clone, "spec/schema.gen.ts"), "utf8")).toContain(
        "subject?: string",
      );
    },
    5 * minute,
  );
});
