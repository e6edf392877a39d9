import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Packages as they will be published, and projects of another team that install them. */
export class Consumer {
  readonly #folder: string;
  readonly #tarballs: ReadonlyMap<string, string>;
  /** The project in use. */
  project = "";

  private constructor(folder: string, tarballs: ReadonlyMap<string, string>) {
    this.#folder = folder;
    this.#tarballs = tarballs;
  }

  /**
   * @param packages their folders: what the project asks for first, then which of its dependencies come packed, too.
   */
  static async of(...packages: readonly string[]): Promise<Consumer> {
    const folder = await mkdtemp(join(tmpdir(), "consumer-"));
    const tarballs = new Map<string, string>();
    for (const cwd of packages) {
      const { stdout } = await run("pnpm", ["pack", "--json", "--pack-destination", folder], {
        cwd,
      });
      const { name, filename } = JSON.parse(stdout) as { name: string; filename: string };
      tarballs.set(name, filename);
    }
    return new Consumer(folder, tarballs);
  }

  /** Begins a new project, in which nothing is installed yet. */
  async begin(): Promise<void> {
    this.project = await mkdtemp(join(this.#folder, "project-"));
    const [[name, tarball] = ["", ""], ...others] = [...this.#tarballs];
    const overrides = Object.fromEntries(others.map(([other, file]) => [other, `file:${file}`]));
    const manifest = {
      name: "consumer",
      version: "1.0.0",
      license: "MIT",
      private: true,
      type: "module",
      dependencies: { [name]: `file:${tarball}` },
      overrides,
      resolutions: overrides,
    };
    await writeFile(join(this.project, "package.json"), JSON.stringify(manifest));
    // JSON is YAML.
    const workspace = { packages: [], engineStrict: true, overrides };
    await writeFile(join(this.project, "pnpm-workspace.yaml"), JSON.stringify(workspace));
  }

  /** Runs a command in the project as a person would, outside this test run's own environment. */
  async shell(command: string): Promise<string> {
    const { HOME, PATH, NODE_EXTRA_CA_CERTS } = process.env;
    // The certificates are how this machine reaches its registry.
    const env = { HOME, PATH, NODE_EXTRA_CA_CERTS, npm_config_update_notifier: "false" };
    const { stdout, stderr } = await run("sh", ["-c", command], { cwd: this.project, env });
    return stdout + stderr;
  }

  /**
   * Every package of the project, by name.
   *
   * @throws Error when one of them runs a script when it is installed.
   */
  async installed(): Promise<string[]> {
    const modules = join(this.project, "node_modules");
    const manifests = (await readdir(modules, { recursive: true })).filter((path) =>
      /(?:^|node_modules\/)(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path),
    );
    const names = new Set<string>();
    for (const path of manifests) {
      const { name, scripts = {} } = JSON.parse(await readFile(join(modules, path), "utf8")) as {
        name: string;
        scripts?: Record<string, string>;
      };
      names.add(name);
      const script = Object.keys(scripts).find((one) => /^(?:pre|post)?install$/.test(one));
      if (script !== undefined)
        throw new Error(`${name}: expected nothing to run when it is installed, got ${script}.`);
    }
    return [...names].toSorted();
  }

  /** Takes all of it away. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}
