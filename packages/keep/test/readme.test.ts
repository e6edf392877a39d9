import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { blocks } from "./readme-blocks.ts";
import { IS_POSIX } from "./store-and-server.ts";

const run = promisify(execFile);
const here = fileURLToPath(new URL("..", import.meta.url));
const CLI = join(here, "dist/cli.js");
let mock: Mock;
let project: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  mock = await startMock();
  project = await mkdtemp(join(tmpdir(), "np6-keep-readme-"));
  const scope = join(project, "node_modules/@np6-archives");
  await mkdir(scope, { recursive: true });
  await symlink(here, join(scope, "keep"), "junction");
  await symlink(join(here, "node_modules/@np6-archives/client"), join(scope, "client"), "junction");
  await mkdir(join(project, "bin"));
  const command = `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`;
  await writeFile(join(project, "bin/np6-archives-keep"), command, { mode: 0o755 });
  // On macOS the same tool has another name.
  if (process.platform === "darwin") {
    const sums = '#!/bin/sh\nexec shasum -a 256 "$@"\n';
    await writeFile(join(project, "bin/sha256sum"), sums, { mode: 0o755 });
  }
  const PATH = `${join(project, "bin")}${delimiter}${process.env["PATH"]}`;
  env = { PATH, HOME: project, NP6_API_KEY: "demo", NP6_BASE_URL: mock.url };
});
beforeEach(() => rm(join(project, "evidence"), { recursive: true, force: true }));
afterAll(async () => {
  await mock.close();
  await rm(project, { recursive: true, force: true });
});

test.runIf(IS_POSIX)("the ten commands do what they say", async () => {
  const [script = "", ...others] = blocks("bash");
  expect(others).toEqual([]);
  const steps = script.split(/^# /m).slice(1);
  expect(steps).toHaveLength(10);
  const told = steps.map((step) => `# ${step.trimEnd()}\necho "ends with $?"\n`).join("\n");
  const { stdout } = await run("sh", ["-c", told], { cwd: project, env });
  const codes = [...stdout.matchAll(/^ends with (\d+)$/gm)].map(([, code]) => Number(code));
  // How far the run is when it is stopped depends on the machine: it may not have begun, or have ended.
  const [, , stopped = -1] = codes;
  expect([143, 3, 1]).toContain(stopped);
  // 1 for gaps in resume and retry, and in reconcile for an event of an unknown target.
  expect(codes.with(2, 3)).toEqual([0, 0, 3, 1, 0, 1, 0, 1, 0, 0]);
  expect(stdout).toMatch(/^archives \d+ = [1-9]\d* kept .* [1-9]\d* erased$/m);
});

test.runIf(IS_POSIX)("the crontab line works", async () => {
  const [line = ""] = blocks("crontab");
  await writeFile(join(project, ".np6-keep"), `NP6_API_KEY=demo\nNP6_BASE_URL=${mock.url}\n`);
  await writeFile(join(project, "worklist.csv"), "target\n000EMPTY\n");
  const { PATH, HOME } = env;
  const [, command = ""] = /^(?:\S+ ){5}(.+)$/m.exec(line) ?? [];
  const { stdout } = await run("sh", ["-c", command], { env: { PATH, HOME } });
  expect(stdout).toContain("Complete, no gap.");
});

test("the systemd units name the command and its options", async () => {
  const [service = "", timer = ""] = blocks("ini");
  expect(timer).toMatch(/^OnCalendar=/m);
  const [, args = ""] = /^ExecStart=\/usr\/bin\/np6-archives-keep (.+)$/m.exec(service) ?? [];
  const there = args.split(" ").map((arg) => arg.replace("/srv/", `${project}/`));
  const { stdout } = await run(process.execPath, [CLI, ...there], { env });
  expect(stdout).toContain("worklist 1 = 1 listed");
});

test("the library example keeps and verifies", async () => {
  const [program = ""] = blocks("ts");
  await writeFile(join(project, "worklist.csv"), "target\n000EMPTY\n");
  await writeFile(join(project, "program.mts"), program);
  const { stdout } = await run(process.execPath, ["program.mts"], { cwd: project, env });
  expect(stdout).toBe("complete true\n0\n");
});
