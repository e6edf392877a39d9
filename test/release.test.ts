import { execFile } from "node:child_process";
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
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { bun } from "@np6-archives/test-runtimes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asking, fetchingCommands } from "./commands.ts";
import { root } from "./documents.ts";
import { interrupted } from "./interrupted.ts";
import { startRegistry } from "./registry.ts";

// The way from a change of the spec to a package that a consumer installs, with real parts: a clone of this repository,
// a registry on loopback, and a consumer outside the workspace. The commands are those of the READMEs.

const PUBLISHED = ["spec", "client", "mock", "contract", "safe-mail", "keep"] as const;

/** Each test takes the commands that it runs from here, and in the end none may be left. */
const untaken = new Set(fetchingCommands);

function take(pattern: RegExp): string[] {
  return [...untaken].filter((command) => pattern.test(command) && untaken.delete(command));
}

function takeOne(pattern: RegExp): string {
  const [command, ...others] = take(pattern);
  if (command === undefined || others.length > 0) {
    throw new Error(`The READMEs have not one command that matches ${pattern}.`);
  }
  return command;
}

let folder: string;
let clone: string;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let mock: Mock;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "np6-release-")));
  clone = join(folder, "clone");
  registry = await startRegistry(join(folder, "registry"));
  mock = await startMock({ apiKeys: ["..."] });
});

afterAll(async () => {
  registry.close();
  await mock.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a program to its end and returns what it printed; a failure shows all that it printed. */
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

/** Runs a line in a shell. */
const shell = (line: string, cwd: string, env: NodeJS.ProcessEnv = {}) =>
  run("sh", ["-c", line], cwd, env);

/** The environment of somebody who has just cloned: without what pnpm and our scripts add to this process's. */
const clonersEnv = () => ({
  PATH: process.env["PATH"]
    ?.split(":")
    .filter((programs) => !programs.startsWith(root))
    .join(":"),
  NODE_OPTIONS: undefined,
  pnpm_config_verify_deps_before_run: undefined,
  pnpm_config_registry: registry.url,
});

const inClone = (line: string) => shell(line, clone, clonersEnv());

/** Runs a line in the clone that starts a viewer, and makes a search with it. */
async function startsViewer(line: string, env: NodeJS.ProcessEnv): Promise<void> {
  const options = { cwd: clone, env: { ...process.env, ...clonersEnv(), PORT: "0", ...env } };
  await interrupted(line, options, /Viewer: +(http:\S+)/, async (viewer) => {
    const page = await fetch(new URL("?by=target&target=000T123", viewer));
    expect(await page.text()).toContain('href="mail?');
  });
}

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
}

/** The manifest of a package's only published version in the registry. */
async function manifest(name: string): Promise<Manifest & { dist: { tarball: string } }> {
  const response = await fetch(`${registry.url}@np6-archives%2f${name}/latest`);
  return (await response.json()) as Manifest & { dist: { tarball: string } };
}

describe("a clone", () => {
  test("starts the demo with nothing else installed", async () => {
    await run("git", ["clone", "--quiet", root, clone], folder);
    await startsViewer(takeOne(/ demo$/), { MOCK_PORT: "0", MOCK_BLOB_PORT: "0" });
  });

  test("starts the viewer on another server", async () => {
    await startsViewer(takeOne(/ start$/), { NP6_BASE_URL: mock.url });
  });

  test("runs every package's tests with one command", async () => {
    // Running them would run this test again, so turbo only prints its plan.
    const plan = await inClone(`${takeOne(/ test$/)} --dry`);
    for (const name of [...PUBLISHED, "demo", "repository-tests"]) {
      expect(plan).toContain(`\n@np6-archives/${name}#test\n`);
    }
  });
});

describe("a change of the spec", () => {
  test("reaches the generated types", async () => {
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
    await inClone(takeOne(/ generate$/));
    expect(await readFile(join(clone, "spec/schema.gen.ts"), "utf8")).toContain("subject?: string");
  });

  test("becomes versions, changelogs and a commit", async () => {
    // Without --empty it would ask on the terminal what the changeset is for.
    await inClone(`${takeOne(/ changeset$/)} --empty`);
    const untracked = await inClone("git ls-files --others --exclude-standard .changeset");
    const changeset = `---
"@np6-archives/spec": minor
"@np6-archives/client": minor
---

An archive may carry its subject.
`;
    await writeFile(join(clone, untracked.trim()), changeset);
    await inClone("pnpm exec changeset version");
    const changelog = await readFile(join(clone, "packages/client/CHANGELOG.md"), "utf8");
    expect(changelog).toContain("An archive may carry its subject.");
    await inClone("git config user.name rehearsal && git config user.email rehearsal@example.com");
    await inClone("git add --all && git commit --quiet --message 'Version the packages'");
  });

  test("is built, published and tagged, except for private packages", async () => {
    await inClone("pnpm build");
    await appendFile(
      join(clone, ".npmrc"),
      `${registry.url.slice("http:".length)}:_authToken=rehearsal\n`,
    );
    await inClone("pnpm exec changeset publish");

    const versions = await Promise.all(
      PUBLISHED.map(async (name) => `@np6-archives/${name}@${(await manifest(name)).version}`),
    );
    const tags = (await inClone("git tag")).trim().split("\n");
    expect(tags.toSorted()).toEqual(versions.toSorted());
    expect((await fetch(`${registry.url}@np6-archives%2fdemo`)).status).toBe(404);
  });

  test("has a bill of materials for each package, including what the mock bundles", async () => {
    const bills = join(folder, "bills");
    await inClone(`pnpm --filter @np6-archives/repository-tests bills "${bills}"`);
    const files = PUBLISHED.map(async (name) => {
      const { version } = await manifest(name);
      const bill = await readFile(join(bills, `np6-archives-${name}-${version}.json`), "utf8");
      const { components } = JSON.parse(bill) as { components: { name: string }[] };
      return [name, components.map((component) => component.name)] as const;
    });
    const parts = Object.fromEntries(await Promise.all(files));
    expect(parts.client).toContain("spec");
    expect(parts.mock).toEqual(expect.arrayContaining(["prism-http", "swagger-ui-dist", "spec"]));
    expect(parts.mock).not.toContain("vitest");
  });
});

describe("a published package", () => {
  test.each(PUBLISHED)("%s depends on versions, not on this workspace", async (name) => {
    const ranges = Object.values((await manifest(name)).dependencies ?? {});
    expect(ranges.filter((range) => !/^[~^]?\d/.test(range))).toEqual([]);
  });

  /** What is in the mock's dist/ beside its types: its code, the engine, and the parts of its docs page. */
  const BUNDLED = [
    ...["bundled-prism", "cli", "mock", "operations", "run"].flatMap((chunk) => [
      `${chunk}.js`,
      `${chunk}.js.map`,
    ]),
    ...["dist", "engine", "index", "operations2", "rolldown-runtime", "spec-reader", "yaml"].map(
      (chunk) => `${chunk}.js`,
    ),
    "invented-values.cjs",
    "operations.json",
    "THIRD-PARTY-NOTICES.md",
    ...["LICENSE", "NOTICE", "swagger-ui.css", "swagger-ui-bundle.js"].map(
      (asset) => `swagger-ui/${asset}`,
    ),
  ];

  /** The files in git from which the package's files are built or copied. */
  const contents = {
    spec: {
      sources: [
        "*.gen.ts",
        "date-time.ts",
        "http-date.ts",
        "rate-limit-reset.ts",
        "redact.ts",
        "validate.ts",
      ],
      others: ["for-generators.json", "openapi.yaml"],
    },
    client: { sources: ["src"], others: [] },
    mock: { sources: ["src"], others: ["docs", "mails"] },
    contract: { sources: ["src"], others: [] },
    "safe-mail": { sources: ["src"], others: [] },
    keep: { sources: ["src"], others: [] },
  };

  test.each(PUBLISHED)("%s contains what it should and nothing else", async (name) => {
    const tarball = await fetch((await manifest(name)).dist.tarball);
    const file = join(folder, `${name}.tgz`);
    await writeFile(file, new Uint8Array(await tarball.arrayBuffer()));
    const entries = (await run("tar", ["-tzf", file], folder)).trim().split("\n");

    const directory = join(clone, name === "spec" ? name : `packages/${name}`);
    const inGit = async (path: string) =>
      (await run("git", ["ls-files", "--error-unmatch", path], directory)).trim().split("\n");
    const sources = (await Promise.all(contents[name].sources.map(inGit))).flat();
    const others = (await Promise.all(contents[name].others.map(inGit))).flat();
    const ends = [".d.ts", ".d.ts.map", ...(name === "mock" ? [] : [".js", ".js.map"])];
    // The CommonJS form is in a folder of its own.
    const hasRequire = name === "spec" || name === "client";
    const forms = hasRequire ? ["dist", "dist/cjs"] : ["dist"];
    const compiled = sources.flatMap((source) => {
      const module = source.replace(/^src\//, "").replace(/\.ts$/, "");
      return forms.flatMap((form) => ends.map((end) => `${form}/${module}${end}`));
    });
    if (hasRequire) compiled.push("dist/cjs/package.json");
    if (name === "mock") compiled.push(...BUNDLED.map((part) => `dist/${part}`));
    expect(entries.map((entry) => entry.replace("package/", "")).toSorted()).toEqual(
      ["LICENSE", "README.md", "package.json", ...others, ...sources, ...compiled].toSorted(),
    );
  });
});

describe("a consumer outside the workspace", () => {
  const packages = ["client", "contract", "keep", "mock", "safe-mail"]
    .map((name) => `@np6-archives/${name}`)
    .join(" ");
  const installs = {
    npm: take(/^npm install /),
    pnpm: [`pnpm add ${packages}`],
    yarn: [`npx -y yarn@1.22.22 add --silent ${packages}`],
    bun: [`"${bun()}" add --silent ${packages}`],
  };

  test.each(Object.entries(installs))(
    "installs the packages with %s, compiles against them and runs",
    async (name, lines) => {
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
            "@types/node": "24",
            "typescript-5": "npm:typescript@5.9.3",
            "typescript-7": "npm:typescript@7.0.2",
          },
        }),
      );
      await writeFile(join(consumer, ".npmrc"), `registry=${registry.url}\naudit=false\n`);
      // pnpm wants a decision on each dependency's install script. Prism's only counts installs.
      await writeFile(
        join(consumer, "pnpm-workspace.yaml"),
        'allowBuilds:\n  "@scarf/scarf": false\n  protobufjs: false\n',
      );
      // A global install ignores a project's .npmrc.
      const global = join(consumer, "global");
      const env = { npm_config_registry: registry.url, npm_config_prefix: global };
      for (const line of lines) await shell(line, consumer, { HOME: consumer, ...env });

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

      const program = join(consumer, "node_modules/.bin/np6-archives-mock");
      const ports = ["--port", "0", "--blob-port", "0", "--quiet"];
      expect(JSON.parse(await run("node", ["program.ts", program, ...ports], consumer))).toEqual({
        archives: true,
        subject: null,
        mail: true,
        read: true,
        shown: true,
        unknown: true,
        mock: 0,
      });
      const bin = (command: string) => join(consumer, "node_modules/.bin", command);
      await run(bin("np6-archives-contract"), ["verify"], consumer);
      const keep =
        name === "npm" ? join(global, "bin/np6-archives-keep") : bin("np6-archives-keep");
      // Some links have expired, so it exits 1 for gaps.
      await writeFile(join(consumer, "worklist.csv"), "target\n000T123\n");
      const keeping = `"${keep}" run --worklist worklist.csv --store store --quiet; test $? = 1`;
      await shell(keeping, consumer, { NP6_API_KEY: "...", NP6_BASE_URL: mock.url });
      await run(keep, ["verify", "--store", "store"], consumer);
    },
  );
});

describe("where nothing is installed", () => {
  let options: { cwd: string; env: NodeJS.ProcessEnv };

  beforeAll(async () => {
    const cwd = await mkdtemp(join(folder, "nothing-"));
    await writeFile(join(cwd, ".npmrc"), `registry=${registry.url}\n`);
    const empty = { HOME: cwd, npm_config_cache: join(cwd, "cache") };
    options = { cwd, env: { ...process.env, ...empty, NP6_API_KEY: "..." } };
  });

  test("npx starts the mock", async () => {
    const line = `${takeOne(/^npx \S+\/mock$/)} --port 0 --blob-port 0`;
    await interrupted(line, options, /API +(http:\S+)/, async (url) => {
      expect((await fetch(`${url}/__mock/health`)).status).toBe(200);
    });
  });

  test.each(take(/ verify /))("%s", async (command) => {
    const output = await shell(asking(mock.url, command), options.cwd, options.env);
    expect(output).toContain("The contract holds: ");
  });
});

test("every command in a README was run", () => {
  expect([...untaken]).toEqual([]);
});

test("a breaking change with too small a changeset is stopped", async () => {
  const spec = join(clone, "spec/openapi.yaml");
  const yaml = await readFile(spec, "utf8");
  await writeFile(spec, yaml.replaceAll("/targets/{id}/archives:", "/targets/{id}/mails:"));
  const changeset = '---\n"@np6-archives/spec": patch\n---\n\nA path has a better name.\n';
  await writeFile(join(clone, ".changeset/path.md"), changeset);

  const gate = inClone("pnpm --filter @np6-archives/repository-tests gate");
  await expect(gate).rejects.toThrow(/@np6-archives\/spec: major, but the changesets say patch/);
});
