import { execFile } from "node:child_process";
import { once } from "node:events";
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  writeFile,
} from "node:fs/promises";
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

const pnpm = (...args: string[]) => run("pnpm", args, clone, { pnpm_config_registry: registryUrl });

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
}

/** What the registry says of the one published version of a package. */
async function manifest(name: string): Promise<Manifest & { dist: { tarball: string } }> {
  const response = await fetch(`${registryUrl}@np6-archives%2f${name}/latest`);
  return (await response.json()) as Manifest & { dist: { tarball: string } };
}

describe("a change of the spec", () => {
  test("reaches the generated types", { timeout: 5 * minute }, async () => {
    await run("git", ["clone", "--quiet", repository, clone], folder);
    await run("git", ["config", "user.name", "rehearsal"], clone);
    await run("git", ["config", "user.email", "rehearsal@example.com"], clone);
    await pnpm("install", "--frozen-lockfile");

    const spec = join(clone, "spec/openapi.yaml");
    const field = [
      "        subject:",
      "          type: string",
      "          x-provenance: assumed",
      "          description: The subject of the mail.",
      "",
    ].join("\n");
    await writeFile(
      spec,
      (await readFile(spec, "utf8")).replace(/(?<=required: \[id.+\n {6}properties:\n)/, field),
    );
    await pnpm("generate");
    expect(await readFile(join(clone, "spec/schema.gen.ts"), "utf8")).toContain("subject?: string");
  });

  test("becomes versions, changelogs and a commit", { timeout: 5 * minute }, async () => {
    const changeset = `---
"@np6-archives/spec": minor
"@np6-archives/client": minor
---

An archive may carry its subject.
`;
    await writeFile(join(clone, ".changeset/subject.md"), changeset);
    await pnpm("exec", "changeset", "version");
    const changelog = await readFile(join(clone, "packages/client/CHANGELOG.md"), "utf8");
    expect(changelog).toContain("An archive may carry its subject.");
    await run("git", ["add", "--all"], clone);
    await run("git", ["commit", "--quiet", "--message", "Version the packages"], clone);
  });

  test(
    "is built, published and tagged; what is private is not",
    { timeout: 10 * minute },
    async () => {
      await pnpm("build");
      await appendFile(
        join(clone, ".npmrc"),
        `${registryUrl.slice("http:".length)}:_authToken=rehearsal\n`,
      );
      await pnpm("exec", "changeset", "publish");

      const versions = await Promise.all(
        published.map(async (name) => `@np6-archives/${name}@${(await manifest(name)).version}`),
      );
      const tags = (await run("git", ["tag"], clone)).trim().split("\n");
      expect(tags.toSorted()).toEqual(versions.toSorted());
      expect((await fetch(`${registryUrl}@np6-archives%2fdemo`)).status).toBe(404);
    },
  );
});

describe("a published package", () => {
  test.each(published)("%s depends on versions, not on this workspace", async (name) => {
    for (const range of Object.values((await manifest(name)).dependencies ?? {})) {
      expect(range).toMatch(/^[~^]?\d/);
    }
  });

  /** Of the files that git knows: what is compiled, and what else is published. All of it is there as it is, too. */
  const contents = {
    spec: { sources: ["*.gen.ts", "date-time.ts", "validate.ts"], others: ["openapi.yaml"] },
    client: { sources: ["src"], others: [] },
    mock: { sources: ["src"], others: ["docs", "mails"] },
    contract: { sources: ["src"], others: [] },
  };

  test.each(published)("%s holds what it should and nothing else", async (name) => {
    const tarball = await fetch((await manifest(name)).dist.tarball);
    const file = join(folder, `${name}.tgz`);
    await writeFile(file, new Uint8Array(await tarball.arrayBuffer()));
    const entries = (await run("tar", ["-tzf", file], folder)).trim().split("\n");

    const directory = join(clone, name === "spec" ? name : `packages/${name}`);
    const inGit = async (path: string) =>
      (await run("git", ["ls-files", "--error-unmatch", path], directory)).trim().split("\n");
    const sources = (await Promise.all(contents[name].sources.map(inGit))).flat();
    const others = (await Promise.all(contents[name].others.map(inGit))).flat();
    const compiled = sources.flatMap((source) => {
      const module = source.replace(/^src\//, "").replace(/\.ts$/, "");
      return [".d.ts", ".d.ts.map", ".js", ".js.map"].map((end) => `dist/${module}${end}`);
    });
    expect(entries.map((entry) => entry.replace("package/", "")).toSorted()).toEqual(
      ["LICENSE", "README.md", "package.json", ...others, ...sources, ...compiled].toSorted(),
    );
  });
});

describe("a consumer outside the workspace", () => {
  const managers = {
    npm: ["npm", "install", "--no-audit", "--no-fund"],
    pnpm: ["pnpm", "install"],
    yarn: ["npx", "-y", "yarn@1.22.22", "install", "--silent"],
  } as const;

  test.each(Object.entries(managers))(
    "installs the packages with %s, compiles against them and runs",
    { timeout: 10 * minute },
    async (name, [command, ...args]) => {
      const consumer = join(folder, `with-${name}`);
      await mkdir(consumer);
      await cp(join(import.meta.dirname, "consumer/program.ts"), join(consumer, "program.ts"));
      await writeFile(
        join(consumer, "package.json"),
        JSON.stringify({
          name: "consumer",
          private: true,
          type: "module",
          dependencies: {
            "@np6-archives/client": "latest",
            "@np6-archives/contract": "latest",
            "@np6-archives/mock": "latest",
            "@types/node": "24",
            "typescript-5": "npm:typescript@5.9.3",
            "typescript-7": "npm:typescript@7.0.2",
          },
        }),
      );
      await writeFile(join(consumer, ".npmrc"), `registry=${registryUrl}\n`);
      // pnpm asks what to do with each dependency's install script. Prism's only counts installs.
      await writeFile(
        join(consumer, "pnpm-workspace.yaml"),
        'allowBuilds:\n  "@scarf/scarf": false\n  protobufjs: false\n',
      );
      await run(command, [...args], consumer, { HOME: consumer });

      for (const compiler of ["typescript-5", "typescript-7"]) {
        for (const resolution of [
          ["--module", "nodenext"],
          ["--module", "esnext", "--moduleResolution", "bundler"],
        ]) {
          const options = ["--noEmit", "--strict", "--target", "es2023", "--types", "node"];
          const tsc = join("node_modules", compiler, "bin/tsc");
          await run("node", [tsc, ...options, ...resolution, "program.ts"], consumer);
        }
      }

      const mock = join(consumer, "node_modules/.bin/np6-archives-mock");
      const ports = ["--port", "0", "--blob-port", "0", "--quiet"];
      expect(JSON.parse(await run("node", ["program.ts", mock, ...ports], consumer))).toEqual({
        archives: true,
        subject: null,
        mail: true,
        unknown: true,
        mock: 0,
      });
      await run(join(consumer, "node_modules/.bin/np6-archives-contract"), ["verify"], consumer);
    },
  );
});

test(
  "a breaking change with too small a changeset is stopped",
  { timeout: 5 * minute },
  async () => {
    const spec = join(clone, "spec/openapi.yaml");
    const yaml = await readFile(spec, "utf8");
    await writeFile(spec, yaml.replaceAll("/targets/{id}/archives:", "/targets/{id}/mails:"));
    const changeset = '---\n"@np6-archives/spec": patch\n---\n\nA path has a better name.\n';
    await writeFile(join(clone, ".changeset/path.md"), changeset);

    const gate = pnpm("--filter", "@np6-archives/contract", "gate");
    await expect(gate).rejects.toThrow(/@np6-archives\/spec: major, but the changesets say patch/);
  },
);
