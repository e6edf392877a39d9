import { execFile } from "node:child_process";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { NODES } from "@np6-archives/test-runtimes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPacked } from "./packed.ts";

// Other teams' projects, outside this repository, with the package as it would be published.

const run = promisify(execFile);
const tools = join(import.meta.dirname, "consumers/node_modules");
let outside: string;
let mock: Mock;

/**
 * Written like a NestJS service: decorators, an injected client, and CommonJS or ES modules depending on the compiler.
 */
const SERVICE = `
import { ArchivesClient, InputError, NotFoundError, linkState } from "@np6-archives/client";
import type { ApiPromise, ClientOptions, MailArchive } from "@np6-archives/client";
import { saveMail } from "@np6-archives/client/node";

function Injectable(): ClassDecorator {
  return () => {};
}

@Injectable()
export class MailService {
  constructor(private readonly client: ArchivesClient) {}

  list(target: string): ApiPromise<MailArchive[]> {
    return this.client.listByTarget(target, { startDate: new Date("2020-01-01") });
  }

  async save(archive: MailArchive, path: string): Promise<number> {
    const { bytes, sha256 } = await saveMail(this.client, archive, path);
    return sha256.length === 64 ? bytes : -1;
  }
}

async function main(): Promise<void> {
  const options: ClientOptions = { apiKey: "demo", baseUrl: process.argv[2] };
  const service = new MailService(new ArchivesClient(options));
  const archives = await service.list("000T123");
  const usable = archives.find((each) => linkState(each) === "usable");
  if (usable === undefined) throw new Error("Nothing is listed.");
  const bytes = await service.save(usable, process.argv[3] ?? "mail.eml");
  const error: unknown = await service.list("000F404").catch((reason: unknown) => reason);
  const input: unknown = await service.list("..").catch((reason: unknown) => reason);
  if (!(input instanceof InputError) || input.argument !== "target") throw input;
  console.log(archives.length > 0, bytes > 0, error instanceof NotFoundError && error.status);
}

void main();
`;

const PRINTED = "true true 404\n";

/** The test that each test runner runs: it lists, saves, and checks errors and dates. */
const specification = (imports: string) => `
${imports}
test("lists, saves and fails as documented", async () => {
  const client = new ArchivesClient({ apiKey: "demo", baseUrl: process.env.MOCK_URL });
  const [archive] = await client.listByTarget("000T123", { startDate: new Date("2020-01-01") });
  expect(linkState(archive)).toBe("usable");
  const saved = await saveMail(client, archive, process.env.SAVE_TO);
  const mail = await client.download(archive);
  expect((await mail.bytes()).length).toBe(saved.bytes);
  await expect(client.listByTarget("000F404")).rejects.toBeInstanceOf(NotFoundError);
  await expect(client.listByTarget("..")).rejects.toBeInstanceOf(TypeError);
  await expect(client.raw.GET("/targets/{id}/archives", { params: { path: { id: "000T123" } } }))
    .resolves.toHaveProperty("data.length");
});
`;

beforeAll(async () => {
  // Tools compare paths: on macOS the temporary folder is a link, on Windows it may have a short name.
  outside = await realpath(await mkdtemp(join(tmpdir(), "np6 consumers-")));
  mock = await startMock();
  await installPacked(outside);
  await mkdir(join(outside, "node_modules/@types"));
  await symlink(join(tools, "@types/node"), join(outside, "node_modules/@types/node"), "junction");
  for (const name of ["vitest", "jsdom", "happy-dom"]) {
    await symlink(join(tools, name), join(outside, "node_modules", name), "junction");
  }
});
afterAll(async () => {
  await mock.close();
  await rm(outside, { recursive: true });
});

const folderOf = (name: string) => join(outside, name.replaceAll(/\W+/g, "-"));

/** A project in its own folder below, so that it finds what is installed above. */
async function project(name: string, files: Record<string, string>): Promise<string> {
  const folder = folderOf(name);
  await mkdir(folder);
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  return folder;
}

/** Runs a tool in a folder; when it fails, the error shows all that it printed. */
async function runIn(folder: string, node: string, args: string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], MOCK_URL: mock.url, SAVE_TO: join(folder, "mail.eml") };
  const { stdout, stderr } = await run(node, args, { cwd: folder, env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return stdout + stderr;
}

const compiler = (version: string) => join(tools, version, "bin/tsc");

const COMPILERS: Record<string, string> = {
  "TypeScript 5.4": compiler("typescript-5.4"),
  "TypeScript 5.7": compiler("typescript-5.7"),
  "TypeScript 5.9": compiler("typescript"),
  "TypeScript 7.0": join(import.meta.dirname, "../node_modules/typescript/bin/tsc"),
};
const OLD = ["TypeScript 5.7", "TypeScript 5.9"];
const ALL = [...OLD, "TypeScript 7.0"];

/** Rows that read the same declarations as another row skip checking them again, which takes most of the time. */
const SEEN = { skipLibCheck: true };

const MATRIX = [
  [OLD, { module: "commonjs", moduleResolution: "node10" }, "commonjs"],
  [["TypeScript 7.0"], { module: "commonjs", moduleResolution: "bundler" }, "commonjs"],
  [ALL, { module: "node16" }, "commonjs"],
  [ALL, { module: "node16" }, "module"],
  [["TypeScript 5.9", "TypeScript 7.0"], { module: "node18", ...SEEN }, "commonjs"],
  [["TypeScript 5.9", "TypeScript 7.0"], { module: "node20", ...SEEN }, "commonjs"],
  [["TypeScript 5.9", "TypeScript 7.0"], { module: "node20", ...SEEN }, "module"],
  [ALL, { module: "nodenext", ...SEEN }, "commonjs"],
  [ALL, { module: "nodenext", ...SEEN }, "module"],
  [ALL, { module: "esnext", moduleResolution: "bundler" }, "module"],
  [["TypeScript 7.0"], { module: "preserve" }, "module"],
  // Its Uint8Array is not generic yet, so it cannot check our declarations.
  [["TypeScript 5.4"], { module: "commonjs", skipLibCheck: true }, "commonjs"],
  [["TypeScript 5.4"], { module: "node16", skipLibCheck: true }, "module"],
  [["TypeScript 5.9"], { module: "commonjs", esModuleInterop: true, ...SEEN }, "commonjs"],
] as const;

const PROJECTS = MATRIX.flatMap(([versions, options, type]) =>
  versions.map((version) => {
    const name = `${version} with ${JSON.stringify(options)}, of type ${type}`;
    return { name, version, type, options };
  }),
);

/** Projects set up as most services are, with and without `esModuleInterop`. */
const SERVICES = PROJECTS.filter(
  ({ version, options }) => version === "TypeScript 5.9" && options.module === "commonjs",
);

/** What each compiler printed for all of its projects. */
const said: Record<string, string> = {};

/** Compiles the projects, those of one compiler in one process, as they share most declarations. */
beforeAll(async () => {
  for (const { name, type, options } of PROJECTS) {
    const compilerOptions = {
      target: "es2022",
      strict: true,
      skipLibCheck: false,
      skipDefaultLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      types: ["node"],
      outDir: "out",
      ...options,
    };
    await project(name, {
      "package.json": JSON.stringify({ type }),
      "tsconfig.json": JSON.stringify({ compilerOptions, files: ["service.ts"] }),
      "service.ts": SERVICE,
    });
  }
  for (const [version, typescript] of Object.entries(COMPILERS)) {
    const own = PROJECTS.filter((each) => each.version === version);
    const args = [typescript, "--build", ...own.map(({ name }) => folderOf(name))];
    said[version] = await runIn(outside, process.execPath, args);
  }
});

test.each(PROJECTS.map(({ name, version }) => [name, version] as const))(
  "a project of %s, compiles and runs",
  async (name, version) => {
    expect(said[version]).toBe("");
    const folder = folderOf(name);
    const args = ["out/service.js", mock.url, join(folder, "mail.eml")];
    expect(await runIn(folder, process.execPath, args)).toBe(PRINTED);
    expect(await readdir(folder)).toContain("mail.eml");
  },
);

test.each(NODES)(
  "a service in CommonJS TypeScript runs on %s without a warning",
  async (_, node) => {
    expect(SERVICES).toHaveLength(2);
    for (const { name } of SERVICES) {
      const folder = folderOf(name);
      const args = ["out/service.js", mock.url, join(folder, "mail.eml")];
      expect(await runIn(folder, node, args)).toBe(PRINTED);
      expect(await readFile(join(folder, "out/service.js"), "utf8")).toContain(
        'require("@np6-archives/client")',
      );
    }
  },
);

const NAMES = "ArchivesClient, NotFoundError, linkState";

test("Jest runs it with its defaults: CommonJS, no flag, no setting", async () => {
  const imports = `
    const { ${NAMES} } = require("@np6-archives/client");
    const { saveMail } = require("@np6-archives/client/node");
  `;
  const folder = await project("jest", {
    "package.json": "{}",
    "mails.test.js": specification(imports),
  });
  const jest = join(tools, "jest/bin/jest.js");
  expect(await runIn(folder, process.execPath, [jest, "--ci", "--testTimeout=600000"])).toMatch(
    /^Tests: +1 passed, 1 total$/m,
  );
});

test("Jest runs it through ts-jest", async () => {
  const imports = `
    import { ${NAMES} } from "@np6-archives/client";
    import { saveMail } from "@np6-archives/client/node";
    declare const test: (name: string, run: () => Promise<void>) => void;
    declare const expect: any;
    declare const process: { env: Record<string, string> };
  `;
  const tsJest = JSON.stringify(join(tools, "ts-jest"));
  const folder = await project("ts-jest", {
    "package.json": "{}",
    "jest.config.js": `module.exports = { transform: { "\\\\.ts$": [${tsJest}, { tsconfig: "tsconfig.json" }] } };`,
    "tsconfig.json": JSON.stringify({
      compilerOptions: { module: "commonjs", target: "es2022", strict: true, types: [] },
    }),
    "mails.test.ts": specification(imports).replaceAll("[archive]", "[archive = {} as never]"),
  });
  const jest = join(tools, "jest/bin/jest.js");
  expect(await runIn(folder, process.execPath, [jest, "--ci", "--testTimeout=600000"])).toMatch(
    /^Tests: +1 passed, 1 total$/m,
  );
});

/** Runs vitest's test in a folder, and returns what it printed. */
async function runVitest(
  name: string,
  specificationText: string,
  environment = "node",
): Promise<string> {
  const folder = await project(name, {
    "package.json": '{ "type": "module" }',
    "vitest.config.js": `export default { test: { environment: "${environment}" } };`,
    "mails.test.ts": specificationText,
  });
  const vitest = join(tools, "vitest/vitest.mjs");
  return runIn(folder, process.execPath, [vitest, "run", "--no-color", "--testTimeout=600000"]);
}

const VITEST = `
  import { expect, test } from "vitest";
  import { ${NAMES} } from "@np6-archives/client";
  import { saveMail } from "@np6-archives/client/node";
`;

test("vitest runs it", async () => {
  expect(await runVitest("vitest", specification(VITEST))).toMatch(/Tests +1 passed/);
});

test.each(["jsdom", "happy-dom"])(
  "under %s the client refuses to be constructed, and works as the README says",
  async (environment) => {
    const plain = specification(VITEST);
    const refused = await runVitest(`${environment} plain`, plain, environment);
    expect(refused).toMatch(/dangerouslyAllowBrowser/);
    const comment = `// @vitest-environment node\n${plain}`;
    const node = await runVitest(`${environment} comment`, comment, environment);
    expect(node).toMatch(/Tests +1 passed/);
    const both = plain
      .replace(
        'apiKey: "demo",',
        'apiKey: "demo", dangerouslyAllowBrowser: true, fetch: async () => Response.json([]),',
      )
      .replace(
        /expect\(linkState[^]*(?=\n\}\);)/,
        'expect([archive, typeof document]).toEqual([undefined, "object"]);',
      );
    expect(await runVitest(`${environment} both`, both, environment)).toMatch(/Tests +1 passed/);
  },
);
