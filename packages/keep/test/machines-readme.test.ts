import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { startAzurite } from "@np6-archives/test-servers/azurite";
import type { Azurite } from "@np6-archives/test-servers/azurite";
import { startPostgres } from "@np6-archives/test-servers/postgres";
import type { Postgres } from "@np6-archives/test-servers/postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocks } from "./readme-blocks.ts";

/** Azurite's well-known key. */
const KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const run = promisify(execFile);
const here = fileURLToPath(new URL("..", import.meta.url));
let mock: Mock;
let postgres: Postgres;
let azurite: Azurite;
let project: string;
beforeAll(async () => {
  [mock, postgres, azurite, project] = await Promise.all([
    startMock(),
    startPostgres(),
    startAzurite(),
    mkdtemp(join(tmpdir(), "np6-keep-machines-")),
  ]);
  const command = `#!/bin/sh\nexec "${process.execPath}" "${join(here, "dist/cli.js")}" "$@"\n`;
  await writeFile(join(project, "np6-archives-keep"), command, { mode: 0o755 });
  await writeFile(join(project, "worklist.csv"), "target\n000T123\n000EMPTY\n");
});
afterAll(async () => {
  await Promise.all([mock.close(), postgres.stop(), azurite.stop()]);
  await rm(project, { recursive: true, force: true });
});

async function environment() {
  return {
    PATH: `${project}:${process.env["PATH"]}`,
    NP6_API_KEY: "demo",
    NP6_BASE_URL: mock.url,
    AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${KEY};BlobEndpoint=${azurite.url};`,
    LEDGER: await postgres.database(),
  };
}

test("the commands for many machines keep and verify", async () => {
  const [script = ""] = blocks("shell");
  const env = await environment();
  const { stdout } = await run("sh", ["-c", script], { cwd: project, env });
  // A target of the mock has gaps.
  expect(stdout.match(/Finished, with gaps/g)).toHaveLength(2);
  expect(stdout).toContain("0 findings.");
});

test("the Kubernetes job leads, and its deployment and the systemd unit help", async () => {
  const env = await environment();
  const [yaml = ""] = blocks("yml");
  const commands = [...yaml.matchAll(/- exec np6-archives-keep (.+)/g)].map(([, args = ""]) =>
    args.split(" "),
  );
  const unit = blocks("ini").find((text) => text.includes("np6-keep-work@")) ?? "";
  const [, line = ""] = /^ExecStart=\S+ (.+)$/m.exec(unit) ?? [];
  commands.push(line.split(" "));
  expect(commands.map(([name]) => name)).toEqual(["run", "work", "work"]);
  const ports = commands.flatMap((args) => args.filter((_, i) => args[i - 1] === "--metrics"));
  expect(ports).toEqual(["9464", "9465"]);
  const all = commands.map((args) => {
    const there = args
      .filter((arg, i) => arg !== "--metrics" && args[i - 1] !== "--metrics")
      .map((arg) => (arg.startsWith("postgres:") ? env.LEDGER : arg))
      .map((arg) => arg.replace("/worklist/", `${project}/`));
    return run("np6-archives-keep", there, { env }).catch((error: { stdout: string }) => error);
  });
  for (const { stdout } of await Promise.all(all)) expect(stdout).toContain("Finished, with gaps");
});
