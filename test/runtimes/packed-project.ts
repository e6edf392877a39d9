import { exec } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NODES } from "./runtimes.ts";

/** By the system's own shell: npm and pnpm are scripts on Windows, which nothing else runs. */
const run = promisify(exec);

/** The oldest Node that the packages are for. */
export const [, OLDEST] = NODES[0] as (typeof NODES)[number];

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

const manifestOf = async (folder: string) =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;

/** Tarballs by the names of their packages. */
type Tarballs = ReadonlyMap<string, string>;

/**
 * Packs a package of this repository as it would be published, and all that it depends on, into a folder: what is needed
 * to install it where there is no registry.
 */
export async function packWithDependencies(from: string, folder: string): Promise<Tarballs> {
  const tarballs = new Map<string, string>();
  const waiting = [await realpath(from)];
  for (const path of waiting) {
    const { name, dependencies = {} } = await manifestOf(path);
    if (tarballs.has(name)) continue;
    const target = await mkdtemp(join(folder, "packed-"));
    const pack = `pack --ignore-scripts --pack-destination "${target}"`;
    if (path.includes("node_modules")) {
      // pnpm's store links equal files to each other, which yarn 1 cannot unpack: a copy has files of its own.
      const copy = await mkdtemp(join(folder, "copy-"));
      await cp(path, copy, { recursive: true });
      await run(`npm ${pack}`, { cwd: copy });
    } else {
      // It fills in what `workspace:` and `catalog:` stand for.
      await run(`pnpm ${pack}`, { cwd: path });
    }
    const [tarball = ""] = await readdir(target);
    tarballs.set(name, join(target, tarball));
    for (const dependency of Object.keys(dependencies)) {
      waiting.push(await realpath(await installedAt(path, dependency)));
    }
  }
  return tarballs;
}

/** As Node looks for it: beside the package, or in a folder above. */
async function installedAt(from: string, name: string): Promise<string> {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (await readFile(join(path, "package.json")).catch(() => undefined)) return path;
  }
  throw new Error(`Expected ${name} to be installed for ${from}, got nothing of that name.`);
}

/** A package of this repository, packed, and a project outside that has it. */
export interface PackedPackage {
  name: string;
  /** The folder of all projects. */
  folder: string;
  tarballs: Tarballs;
  /** A project into which npm of the oldest Node installed it. */
  consumer: string;
}

/** Packs the package in a folder, and installs it into a project. `folder` is to be removed in the end. */
export async function packedFrom(from: string): Promise<PackedPackage> {
  const { name } = await manifestOf(from);
  const folder = await mkdtemp(join(tmpdir(), "np6-packed-"));
  const tarballs = await packWithDependencies(from, folder);
  const consumer = await newProject(folder, name, tarballs);
  await shellIn(consumer, await INSTALLERS.npm(OLDEST));
  return { name, folder, tarballs, consumer };
}

/** The package managers that people install with. */
export const MANAGERS = ["npm", "pnpm", "yarn"] as const;

/**
 * Installs a packed package into a new project, with the oldest Node that it is for, and gives what the manager said of
 * it and the names of all packages that are there then.
 *
 * @throws Error when one of them runs a script of its own when it is installed.
 */
export async function installWith(
  manager: (typeof MANAGERS)[number],
  { name, folder, tarballs }: PackedPackage,
): Promise<{ project: string; said: string; installed: string[] }> {
  const project = await newProject(folder, name, tarballs);
  const output = await shellIn(project, await INSTALLERS[manager](OLDEST));
  // What yarn 1 says of its own old code is not of this package.
  const said = output.replaceAll(/^.*(DEP0\d+|trace-deprecation).*\n/gm, "");
  return { project, said, installed: await installedIn(project) };
}

/** What a manager says where something is not as it should be. */
export const COMPLAINT = /warn|deprecated|scripts|ignored build|incompatible|error/i;

/** Makes a new project that wants one package, and takes all that this needs from the tarballs. */
async function newProject(folder: string, wanted: string, tarballs: Tarballs): Promise<string> {
  const project = await mkdtemp(join(folder, "consumer-"));
  const files = Object.fromEntries(
    [...tarballs].map(([name, path]) => [name, `file:${path.replaceAll(sep, "/")}`]),
  );
  const { [wanted]: own, ...others } = files;
  const manifest = {
    name: "consumer",
    version: "1.0.0",
    license: "MIT",
    private: true,
    type: "module",
    dependencies: { [wanted]: own },
    overrides: others,
    resolutions: others,
  };
  await writeFile(join(project, "package.json"), JSON.stringify(manifest));
  const workspace = { packages: [], engineStrict: true, overrides: others };
  // JSON is YAML.
  await writeFile(join(project, "pnpm-workspace.yaml"), JSON.stringify(workspace));
  return project;
}

/** Runs a line of the system's shell in a project, as a person would, outside this test run's own environment. */
export async function shellIn(project: string, command: string): Promise<string> {
  const { HOME, PATH, LOCALAPPDATA } = process.env;
  const env = { HOME, PATH, LOCALAPPDATA, npm_config_update_notifier: "false" };
  const { stdout, stderr } = await run(command, { cwd: project, env });
  return stdout + stderr;
}

/** How each package manager installs a project without a registry and with strict engines. `node` runs npm and yarn. */
const INSTALLERS: Record<(typeof MANAGERS)[number], (node: string) => string | Promise<string>> = {
  npm: async (node) =>
    `"${node}" "${await npmProgram()}" install --offline --engine-strict --no-audit --no-fund`,
  pnpm: () => "pnpm install --offline --config.engine-strict=true",
  yarn: (node) =>
    `"${node}" "${dirname(fileURLToPath(import.meta.resolve("yarn/package.json")))}/bin/yarn.js" install --offline --non-interactive --cache-folder yarn-cache`,
};

/** The file of npm that any Node runs, as npm tells what it starts. Within a workspace it would read all of that first. */
async function npmProgram(): Promise<string> {
  const { stdout } = await run('npm exec --call "node -p process.env.npm_execpath"', {
    cwd: tmpdir(),
  });
  return stdout.trim();
}

/**
 * The names of all packages of a project.
 *
 * @throws Error when one of them runs a script of its own when it is installed.
 */
async function installedIn(project: string): Promise<string[]> {
  const modules = join(project, "node_modules");
  await mkdir(modules, { recursive: true });
  const names = new Set<string>();
  for (const path of await readdir(modules, { recursive: true })) {
    const plain = path.replaceAll(sep, "/");
    if (!/(?:^|node_modules\/)(?:@[^/]+\/)?[^/]+\/package\.json$/.test(plain)) continue;
    const { name, scripts = {} } = await manifestOf(join(modules, dirname(path)));
    names.add(name);
    const script = Object.keys(scripts).find((one) => /^(?:pre|post)?install$/.test(one));
    if (script !== undefined)
      throw new Error(`Expected no install script, got ${name}'s ${script}.`);
  }
  return [...names].toSorted();
}
