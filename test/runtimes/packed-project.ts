import { exec } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NODES } from "./runtimes.ts";

/** Uses the system's shell, as npm and pnpm are scripts on Windows. */
const run = promisify(exec);

/** The oldest Node that the packages support. */
export const [, OLDEST] = NODES[0] as (typeof NODES)[number];

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

const manifestOf = async (folder: string) =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;

/** Tarballs by package name. */
type Tarballs = ReadonlyMap<string, string>;

/**
 * Packs a package of this repository and all its dependencies into a folder, as they would be published: all that is
 * needed to install it without a registry.
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
      // pnpm's store hard-links equal files, which yarn 1 cannot unpack: a copy has none.
      const copy = await mkdtemp(join(folder, "copy-"));
      await cp(path, copy, { recursive: true });
      await run(`npm ${pack}`, { cwd: copy });
    } else {
      // pnpm replaces `workspace:` and `catalog:` in the manifest.
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

/** Looks where Node does: beside the package, or in a folder above. */
async function installedAt(from: string, name: string): Promise<string> {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (await readFile(join(path, "package.json")).catch(() => undefined)) return path;
  }
  throw new Error(`Expected ${name} to be installed for ${from}, got nothing of that name.`);
}

/** A packed package of this repository, and a project outside that has it installed. */
export interface PackedPackage {
  name: string;
  /** The folder with all projects. */
  folder: string;
  tarballs: Tarballs;
  /** A project where npm installed it, run by the oldest Node. */
  consumer: string;
}

/** Packs the package and installs it into a project. Remove `folder` in the end. */
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
 * Installs a packed package into a new project, with the oldest Node that it supports. Returns the manager's output and
 * the names of all installed packages.
 *
 * @throws Error when one of them has an install script.
 */
export async function installWith(
  manager: (typeof MANAGERS)[number],
  { name, folder, tarballs }: PackedPackage,
): Promise<{ project: string; said: string; installed: string[] }> {
  const project = await newProject(folder, name, tarballs);
  const output = await shellIn(project, await INSTALLERS[manager](OLDEST));
  // Yarn 1 warns about its own old code.
  const said = output.replaceAll(/^.*(DEP0\d+|trace-deprecation).*\n/gm, "");
  return { project, said, installed: await installedIn(project) };
}

/** Words in a manager's output when something is not right. */
export const COMPLAINT = /warn|deprecated|scripts|ignored build|incompatible|error/i;

/** Makes a new project that depends on one package, with everything that it needs from the tarballs. */
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

/** Runs a line in a project with the system's shell, as a person would, without this test run's environment. */
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

/**
 * npm's own file, which any Node can run; npm passes its path to what it starts. In a workspace npm would read all of
 * it first, so this runs elsewhere.
 */
async function npmProgram(): Promise<string> {
  const { stdout } = await run('npm exec --call "node -p process.env.npm_execpath"', {
    cwd: tmpdir(),
  });
  return stdout.trim();
}

/**
 * The names of all packages installed in a project.
 *
 * @throws Error when one of them has an install script.
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
