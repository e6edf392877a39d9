import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/*
 * Clients generated from for-generators.json by other people's generators: each has to compile, and to list archives
 * from the mock. The settings are those that the README of the spec names.
 */
const spec = fileURLToPath(import.meta.resolve("@np6-archives/spec/for-generators.json"));
const home = fileURLToPath(new URL("generators/", import.meta.url));
const { resolve } = createRequire(join(home, "package.json"));

interface Generator {
  /** The arguments of the generator's command, which writes into `folder`. */
  command: (folder: string) => string[];
  /** Files that the command needs in `folder`. */
  files?: (folder: string) => Record<string, string>;
  /** A program that lists `000T123` from `baseUrl` as `archives`. */
  program: string;
}

const generators: Record<string, Generator> = {
  "hey-api": {
    command: (folder) => ["openapi-ts", "-i", spec, "-o", join(folder, "made"), "--silent"],
    program: `
      import { client } from "./made/client.gen";
      import { listTargetArchives } from "./made/sdk.gen";
      client.setConfig({ baseUrl, auth: "a key", parseAs: "json" });
      const { data: archives } = await listTargetArchives({ path: { id: "000T123" } });
    `,
  },
  "orval (fetch)": {
    command: (folder) => ["orval", "--config", join(folder, "orval.config.mjs")],
    files: (folder) => ({
      "orval.config.mjs": `export default { np6: {
        input: { target: ${JSON.stringify(spec)} },
        output: {
          target: ${JSON.stringify(join(folder, "made/np6.ts"))},
          client: "fetch",
          baseUrl: { runtime: "baseUrl()", imports: [{ name: "baseUrl", importPath: "../base-url" }] },
        },
      } };`,
      "base-url.ts": "export function baseUrl(): string { return process.argv[2]!; }",
    }),
    program: `
      import { listTargetArchives } from "./made/np6";
      const headers = { "X-Key": "a key", Accept: "application/json" };
      const { status, data } = await listTargetArchives("000T123", {}, { headers });
      const archives = status === 200 ? data : undefined;
    `,
  },
  "swagger-typescript-api": {
    command: (folder) => [
      "swagger-typescript-api",
      "generate",
      "-p",
      spec,
      "-o",
      join(folder, "made"),
      "-n",
      "np6.ts",
      "--silent",
    ],
    program: `
      import { Api } from "./made/np6";
      const api = new Api({ baseUrl, baseApiParams: { headers: { "X-Key": "a key" } } });
      const { data: archives } = await api.targets.listTargetArchives("000T123");
    `,
  },
  "openapi-zod-client": {
    command: (folder) => ["openapi-zod-client", spec, "-o", join(folder, "made/np6.ts")],
    program: `
      import { createApiClient } from "./made/np6";
      const api = createApiClient(baseUrl, { axiosConfig: { headers: { "X-Key": "a key" } } });
      const archives = await api.get("/targets/:id/archives", { params: { id: "000T123" } });
    `,
  },
};

/** Uses the types of the archives: a Blob or `undefined` would not compile. */
const USE = `
      for (const { id, expiresOn } of archives ?? []) console.log(id.toUpperCase(), expiresOn.slice(0, 4));
      if (!Array.isArray(archives)) throw new Error("Expected an array, got " + typeof archives);
`;

const TSCONFIG = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "dom", "dom.iterable"],
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    skipLibCheck: true,
    types: ["node"],
    outDir: "js",
  },
  include: ["program.ts"],
};

let mock: Awaited<ReturnType<typeof startMock>>;
let folder: string;

beforeAll(async () => {
  mock = await startMock();
  folder = await mkdtemp(join(tmpdir(), "generators-"));
});
afterAll(async () => {
  await mock.close();
  await rm(folder, { recursive: true });
});

function run(file: string, args: string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((fulfil) => {
    execFile(file, args, { cwd }, (error, stdout, stderr) => {
      fulfil({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

describe.each(Object.entries(generators))("a client of %s", (name, { command, files, program }) => {
  test("is generated, compiles, and lists an array from the mock", async () => {
    const project = join(folder, name.replaceAll(/\W/g, "-"));
    await mkdir(join(project, "made"), { recursive: true });
    await symlink(join(home, "node_modules"), join(project, "node_modules"));
    await writeFile(join(project, "package.json"), '{ "type": "module" }');
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
    const start = "const baseUrl = process.argv[2]!;";
    const [imports, code] = split(program);
    await writeFile(join(project, "program.ts"), [imports, start, code, USE].join("\n"));
    for (const [file, text] of Object.entries(files?.(project) ?? {})) {
      await writeFile(join(project, file), text);
    }

    const [bin = "", ...args] = command(project);
    const made = await run(join(home, "node_modules/.bin", bin), args, project);
    expect(made).toMatchObject({ code: 0 });
    const tsc = resolve("typescript/bin/tsc");
    expect(await run(process.execPath, [tsc, "-p", "."], project)).toEqual({ code: 0, output: "" });
    // Generated imports have no extensions, so Node needs them bundled.
    const bundle = join(project, "bundle.mjs");
    const bundled = ["rolldown", "program.ts", "--platform", "node", "--file", bundle];
    expect(
      await run(join(home, "node_modules/.bin", bundled[0]!), bundled.slice(1), project),
    ).toMatchObject({ code: 0 });
    const { code: exit, output } = await run(process.execPath, [bundle, mock.url], project);
    expect(output).toMatch(/^([0-9A-F-]{36} \d{4}\n)+$/);
    expect(output.trim().split("\n")).toHaveLength(32);
    expect(exit).toBe(0);
  });
});

function isImport(line: string): boolean {
  return line.trim().startsWith("import ");
}

function split(program: string): [imports: string, code: string] {
  const lines = program.split("\n");
  return [
    lines.filter((line) => isImport(line)).join("\n"),
    lines.filter((line) => !isImport(line)).join("\n"),
  ];
}
