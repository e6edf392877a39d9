import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMock } from "@np6-archives/mock";
import { XMLValidator } from "fast-xml-parser";
import { afterAll, describe, expect, test } from "vitest";
import type { SpecDiff, VerifyReport } from "../src/index.ts";
import { changeArchives, rogueProxy } from "./rogue-proxy.ts";
import type { Rogue } from "./rogue-proxy.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const ours = fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml"));
const folder = await mkdtemp(join(tmpdir(), "cli-"));
const apiKey = "planted-kéy-of-the-cli";
const mock = await startMock({ apiKeys: [apiKey] });
afterAll(async () => {
  await mock.close();
  await rm(folder, { recursive: true });
});

/** Makes Node report an older version. */
const olderNode = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.18.3" } });',
)}`;

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

function run(args: string[], env: Record<string, string> = { NP6_API_KEY: apiKey }): Promise<Run> {
  const { PATH } = process.env;
  return new Promise((resolve) => {
    const options = { env: { PATH, NO_COLOR: "1", ...env } };
    execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function runAgainst(rogue: Rogue, ...args: string[]): Promise<Run> {
  const proxy = await rogueProxy(mock, rogue);
  const result = await run(["verify", "--base-url", proxy.url, ...args]);
  await proxy.close();
  return result;
}

/** Breaks the contract, and echoes the key and signatures wherever a server could. */
const loud: Rogue = {
  answer: (passing) => {
    const said = `${apiKey} ${passing.requestHeaders["x-key"]} https://x.example/?sig=planted-sig`;
    passing.headers["x-ratelimit-limit"] = said;
    // Long values are cut in reports, here in the middle of a key.
    passing.headers["x-ratelimit-reset"] = "x".repeat(30) + said;
    passing.headers["retry-after"] = "x".repeat(190) + said;
    if (passing.kind === "stamp") passing.headers["content-type"] = said;
    changeArchives(passing, (archives) => {
      for (const archive of archives) archive.url = archive.url.replace(/se=[^&]*/, `se=${apiKey}`);
    });
  },
};

describe("verify", () => {
  test("without a base URL it verifies the mock, and exits 0", async () => {
    const { code, stdout, stderr } = await run(["verify"], {});
    expect(stderr).toBe("");
    expect(stdout).toMatch(/✓ target-listing .*\(documented\)/);
    expect(stdout).toMatch(/^The contract holds: .*, 0 violated, 0 observations/m);
    expect(code).toBe(0);
  });

  test("without a base URL it verifies the server named by NP6_BASE_URL, if set", async () => {
    const env = { NP6_API_KEY: apiKey, NP6_BASE_URL: mock.url };
    const { code, stdout } = await run(["verify", "--reporter", "json"], env);
    expect((JSON.parse(stdout) as VerifyReport).server).toBe(mock.url);
    expect(code).toBe(0);
    expect((await run(["verify"], { NP6_BASE_URL: " " })).stdout).toContain("The contract holds");
  });

  test("a violation is exit 1, reported as text and as JSON", async () => {
    const rogue: Rogue = {
      answer: (passing) => changeArchives(passing, (archives) => ({ items: archives })),
    };
    const pretty = await runAgainst(rogue);
    expect(pretty.code).toBe(1);
    expect(pretty.stdout).toContain("body: expected array, received an object (documented)");
    expect(pretty.stdout.trimEnd().split("\n").at(-1)).toMatch(
      /^The contract is violated: .* 3 violated \(target-listing, action-target-listing, stamp-listing\), /,
    );
    const { code, stdout } = await runAgainst(rogue, "--reporter", "json");
    const report = JSON.parse(stdout) as VerifyReport;
    expect(code).toBe(1);
    expect(report.verdict).toBe("violated");
    expect(report.checks.find(({ id }) => id === "target-listing")?.outcome).toBe("violation");
  });

  test("an observation is exit 0", async () => {
    const { code, stdout } = await runAgainst({
      answer: (passing) => {
        delete passing.headers["x-request-id"];
      },
    });
    expect(stdout).toMatch(/! request-id .*\(observed\)/);
    expect(code).toBe(0);
  });

  test("--observe prints a table of answers to the open questions", async () => {
    const { code, stdout } = await run(["verify", "--base-url", mock.url, "--observe"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "| Are the bounds inclusive? | startDate: inclusive, endDate: exclusive |",
    );
    expect(stdout).toContain("| In which order do archives come? | newest first |");
    expect(stdout).toContain("| target: 404, target of an action: 404, action: 404, stamp: 404 |");
    expect(stdout.match(/^\|/gm)).toHaveLength(10);
  });

  test("--out writes the report of the named reporter, and prints a readable one", async () => {
    const out = join(folder, "report.xml");
    const args = ["verify", "--base-url", mock.url, "--reporter", "junit", "--out", out];
    const { code, stdout } = await run(args);
    expect(code).toBe(0);
    expect(XMLValidator.validate(await readFile(out, "utf8"))).toBe(true);
    expect(stdout).toContain("The contract holds");
    const inActions = await run(args, { NP6_API_KEY: apiKey, GITHUB_ACTIONS: "true" });
    expect(inActions.stdout).toMatch(/^The contract holds[^\n]*\n$/);
  });

  test("--out writes no colours, even when the terminal supports them", async () => {
    const out = join(folder, "report.txt");
    const colours = { NP6_API_KEY: apiKey, FORCE_COLOR: "1" };
    const { stdout } = await run(["verify", "--base-url", mock.url, "--out", out], colours);
    expect(stdout).toContain("\u001B[32m✓");
    expect(await readFile(out, "utf8")).toMatch(/^✓ target-listing /m);
  });

  test.each(["pretty", "json", "junit", "github"])(
    "the %s reporter shows neither key nor signature, though the server echoes both everywhere",
    async (reporter) => {
      const { code, stdout, stderr } = await runAgainst(loud, "--observe", "--reporter", reporter);
      expect(code).toBe(1);
      expect(stdout).toContain("[redacted]");
      const shown = (stdout + stderr).match(/.{0,40}(planted|sig=(?!\[redacted\])).{0,20}/g);
      expect(shown).toBeNull();
    },
  );

  test("it sends the key only to the API, and only reads", async () => {
    mock.reset();
    await run(["verify", "--base-url", mock.url, "--observe"]);
    const journal = mock.journal();
    expect(journal.some(({ origin }) => origin === "blob")).toBe(true);
    expect(journal.filter(({ leak }) => leak)).toEqual([]);
    expect(new Set(journal.map(({ method }) => method))).toEqual(new Set(["GET", "HEAD"]));
    expect(journal.length).toBeLessThan(60);
  });
});

describe("diff", () => {
  test("exits 0 if nothing breaks, 1 if something does", async () => {
    const changed = join(folder, "changed.yaml");
    const text = await readFile(ours, "utf8");
    expect((await run(["diff", ours, ours])).stdout).toContain("Nothing changed.");
    await writeFile(changed, text.replace("Production", "The one and only"));
    const minor = await run(["diff", ours, changed]);
    expect(minor).toMatchObject({ code: 0, stderr: "" });
    expect(minor.stdout).toContain("the change demands a patch version.");
    await writeFile(changed, text.replaceAll("vnd.np6.cm.mail.archive", "json"));
    const { code, stdout } = await run(["diff", ours, changed, "--reporter", "json"]);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as SpecDiff).bump).toBe("major");
    const out = await run(["diff", ours, changed, "--reporter", "json", "--out", "-"]);
    expect(out).toEqual({ code, stdout, stderr: "" });
    const github = await run(["diff", ours, changed, "--reporter", "github"]);
    expect(github.stdout).toMatch(/^::error title=media-type-removed::major: /m);
  });

  test.skipIf(process.platform === "win32").each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("a %s leaves no file behind", async (signal, code) => {
    const own = await mkdtemp(join(folder, "tmp-"));
    const changed = join(folder, `${signal}.yaml`);
    await writeFile(changed, (await readFile(ours, "utf8")).replace("Production", "The one"));
    const env = { PATH: process.env["PATH"], TMPDIR: own, NODE_DISABLE_COMPILE_CACHE: "1" };
    const command = spawn(process.execPath, [cli, "diff", ours, changed], {
      env,
      stdio: "ignore",
    });
    const ended = once(command, "exit");
    await expect.poll(() => readdir(own), { interval: 5 }).toHaveLength(1);
    command.kill(signal);
    expect(await ended).toEqual([code, null]);
    expect(await readdir(own)).toEqual([]);
  });
});

describe("what cannot run is exit 2, with one line", () => {
  const endless = join(folder, "endless.yaml");
  writeFileSync(endless, "openapi: 3.1.0\nx-a: &a { properties: { self: *a } }\n");
  const wrong: [name: string, args: string[], line: RegExp, env?: Record<string, string>][] = [
    [
      "no key",
      ["verify", "--base-url", "http://127.0.0.1:9999"],
      /NP6_API_KEY: expected a key, got none\./,
      {},
    ],
    [
      "an unknown option",
      ["verify", "--speed=high"],
      /: verify: expected an option that it has, got --speed\. --help tells more\.$/m,
    ],
    [
      "an option of another command",
      ["diff", ours, ours, "--observe"],
      /: diff: expected an option that it has, got --observe\. --help tells more\.$/m,
    ],
    [
      "a misspelt option",
      ["verify", "--tagret", "000T123"],
      /: verify: expected an option that it has, got --tagret\. Did you mean --target\? --help tells more\.$/m,
    ],
    ["an unknown command", ["prove"], /: command: expected verify or diff, got "prove"\. --help/],
    [
      "a misspelt command",
      ["verfy"],
      /: command: expected verify or diff, got "verfy"\. Did you mean verify\? --help tells/,
    ],
    [
      "an option before the command",
      ["--bogus"],
      /: np6-archives-contract: expected an option that it has, got --bogus\. --help tells more\.$/m,
    ],
    [
      "an unknown reporter",
      ["verify", "--reporter", "xml"],
      /: --reporter: expected pretty, json, junit or github, got "xml"\./,
    ],
    [
      "an option without its value",
      ["verify", "--target"],
      /: --target: expected a value, as in --target=VALUE, got none\. --help tells more\.$/m,
    ],
    [
      "a negative number",
      ["verify", "--retries", "-1"],
      /: --retries: expected a whole number.*, got "?-1/,
    ],
    [
      "an option in place of a value",
      ["verify", "--target", "--observe"],
      /: --target: expected a value, as in --target=VALUE, got none\. --help tells more\.$/m,
    ],
    [
      "a value for an option that takes none",
      ["verify", "--observe=yes"],
      /: --observe: expected no value, got one\. --help tells more\.$/m,
    ],
    [
      "a deadline that is no number",
      ["verify", "--deadline", "soon"],
      /: --deadline: expected a whole number, got "soon"\./,
    ],
    ["too many retries", ["verify", "--retries", "1000"], /: retries: expected .* got 1000\./],
    ["a blank id", ["verify", "--target", " "], /: target: expected an id, got ""/],
    [
      "a base URL that is no URL",
      ["verify", "--base-url", "api.np6.com"],
      /: base URL: expected an http or https URL/,
    ],
    [
      "a key that no header can carry",
      ["verify", "--base-url", "http://127.0.0.1:9"],
      /that a header can carry/,
      { NP6_API_KEY: "key\u20AC" },
    ],
    [
      "one argument too many",
      ["verify", "now"],
      /: verify: expected options alone, got "now"\. --help tells more\.$/m,
    ],
    [
      "one argument too many, after the value of an option",
      ["verify", "--base-url", "http://127.0.0.1:9", "extra"],
      /: verify: expected options alone, got "extra"\. --help tells more\.$/m,
    ],
    ["only one spec", ["diff", ours], /: diff: expected two files, OLD and NEW, got 1/],
    [
      "only one spec, with an option",
      ["diff", ours, "--reporter", "json"],
      /: diff: expected two files, OLD and NEW, got 1\. --help tells more\.$/m,
    ],
    [
      "a spec that is missing",
      ["diff", ours, "/nowhere.yaml"],
      /: \/nowhere\.yaml: expected an OpenAPI file, got none \(ENOENT\)\./,
    ],
    [
      "a spec with an alias inside its own anchor",
      ["diff", ours, endless],
      /endless\.yaml: expected a value for the alias \*a, got one within its own anchor\./,
    ],
    [
      "an older Node",
      ["verify"],
      /: Node\.js: expected 20\.19, 22\.12 or newer, got 20\.18\.3\./,
      { NODE_OPTIONS: `--import=${olderNode}` },
    ],
    [
      "an output that cannot be written",
      ["diff", ours, ours, "--out", "/dev/null/at/all"],
      /: --out: expected a file that can be written, got \/dev\/null\/at\/all \(ENOTDIR\)\./,
    ],
    [
      "an output whose folder cannot be made",
      ["diff", ours, ours, "--out", "/proc/at/all"],
      /: --out: expected a file that can be written, got \/proc\/at\/all \(E\w+\)\./,
    ],
    ["a blank output", ["verify", "--out", ""], /: --out: expected a file, got a blank\.$/m],
    [
      "an output that cannot be written, and no server",
      ["verify", "--base-url", "http://127.0.0.1:9", "--out", folder],
      /: http:\/\/127\.0\.0\.1:9: expected an HTTP answer, .*\. --out: expected a file .* \(EISDIR\)\./,
    ],
  ];
  test.each(wrong)("%s", async (_name, args, line, env) => {
    const { code, stderr } = await run(args, env);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
  });

  test("a server that is not there", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { code, stderr } = await run(["verify", "--base-url", `http://127.0.0.1:${port}`]);
    expect(stderr).toMatch(
      /^np6-archives-contract: http:\/\/127\.0\.0\.1:\d+: expected an HTTP answer, got none: .*ECONNREFUSED.*\n$/,
    );
    expect(code).toBe(2);
  });

  test("a server that refuses the key", async () => {
    const args = ["verify", "--base-url", mock.url];
    const { code, stderr } = await run(args, { NP6_API_KEY: "another-planted-key" });
    expect(stderr).toBe(
      "np6-archives-contract: key: expected one that the server takes, got status 401.\n",
    );
    expect(code).toBe(2);
  });

  test("a server that lists nothing", async () => {
    const { code, stdout, stderr } = await run(["verify", "--base-url", `${mock.url}/v1`]);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /^np6-archives-contract: http:\/\/127\.0\.0\.1:\d+\/v1: expected a listing, got none: name ids .*\n$/,
    );
    expect(code).toBe(2);
  });

  test("a server that asks for a wait of an hour", async () => {
    const { code, stderr } = await runAgainst({
      answer: (passing) => {
        passing.status = 429;
        passing.headers["retry-after"] = "3600";
      },
    });
    expect(stderr).toMatch(/: expected answers, got 429 and a wait of 3600 s more\./);
    expect(code).toBe(2);
  });
});

describe("the key is never shown, even where it was given by mistake", () => {
  test.each([
    ["verify", "--base-url", `http://127.0.0.1:9/?apikey=${apiKey}`, "--reporter", "json"],
    ["verify", "--base-url", `http://127.0.0.1:9/${apiKey}`, "--reporter", "junit"],
    ["verify", "--base-url", apiKey, "--reporter", "github"],
    ["verify", "--base-url", mock.url, apiKey],
    ["verify", `--${apiKey}`],
    ["verify", "--reporter", apiKey],
    ["verify", "--deadline", apiKey],
    ["verify", "--base-url", "http://127.0.0.1:9", "--out", `/dev/null/${apiKey}`],
    [apiKey],
    ["diff", apiKey, ours, "--reporter", "json"],
  ])("%s %s %s", async (...args) => {
    const { code, stdout, stderr } = await run(args, { NP6_API_KEY: ` ${apiKey} ` });
    expect(code).toBe(2);
    expect(stdout + stderr).toContain("[redacted]");
    expect(stdout + stderr).not.toContain(apiKey);
  });
});

test.each([
  ["in place of a file", ["diff"]],
  ["in place of a command", []],
])("no line of a two-line key is shown: %s", async (_where, before) => {
  const key = "planted-first\nplanted-second";
  const { code, stdout, stderr } = await run([...before, key, ours], { NP6_API_KEY: key });
  expect(code).toBe(2);
  expect(stdout + stderr).toContain("[redacted]");
  expect(stdout + stderr).not.toContain("planted");
});

test("the verdict is printed even where its file cannot be written", async () => {
  const { code, stdout, stderr } = await run(["verify", "--out", folder], {});
  expect(stdout).toMatch(/^The contract holds: /m);
  expect(stderr).toContain("--out: expected a file that can be written");
  expect(code).toBe(2);
});

/** Always full, on Linux. */
const FULL = "/dev/full";

test.runIf(existsSync(FULL))("a report that does not fit on a full disk is exit 2", async () => {
  const script = `exec "$@" > ${FULL}`;
  const words = ["-c", script, "sh", process.execPath, cli, "diff", ours, ours];
  const child = spawn("sh", words);
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  expect(await once(child, "close")).toEqual([2, null]);
  expect(stderr).toBe(
    "np6-archives-contract: Standard output: expected one that can be written, got ENOSPC.\n",
  );
});

describe("a report is also written where the command could not run", () => {
  const closed = "http://127.0.0.1:9";
  const cases: [name: string, args: string[], message: RegExp, env?: Record<string, string>][] = [
    ["no key", ["verify", "--base-url", closed], /NP6_API_KEY: expected a key/, {}],
    ["no server", ["verify", "--base-url", closed, "--retries", "0"], /expected an HTTP answer/],
    ["no specs", ["diff", "/nowhere.yaml", ours], /: expected an OpenAPI file/],
  ];
  test.each(cases)("%s", async (name, args, message, env) => {
    const file = (suffix: string): string =>
      join(folder, "made", name.replaceAll(" ", "-"), `report.${suffix}`);
    const xml = await run([...args, "--reporter", "junit", "--out", file("xml")], env);
    expect(xml).toMatchObject({ code: 2, stdout: "" });
    expect(xml.stderr.trim()).toMatch(message);
    expect(xml.stderr.trim().split("\n")).toHaveLength(1);
    const text = await readFile(file("xml"), "utf8");
    expect(XMLValidator.validate(text)).toBe(true);
    expect(text).toMatch(/<testsuite [^>]*errors="1"/);
    expect(text).toMatch(/<error message="[^"]+"/);

    await run([...args, "--reporter", "json", "--out", file("json")], env);
    const { error } = JSON.parse(await readFile(file("json"), "utf8")) as { error: string };
    expect(error).toMatch(message);
    const annotated = await run([...args, "--reporter", "github"], env);
    expect(annotated.stdout).toMatch(/^::error title=(verify|diff)::.+\n$/);
  });

  test("but not where the options cannot be parsed", async () => {
    const out = join(folder, "unread.xml");
    const args = ["verify", "--reporter", "junit", "--out", out, "--speed=high"];
    expect((await run(args)).code).toBe(2);
    await expect(readFile(out)).rejects.toThrow("ENOENT");
  });
});

test("--require makes anything not seen exit 1, and a failure in JUnit", async () => {
  const empty: Rogue = { answer: (passing) => changeArchives(passing, () => []) };
  expect((await runAgainst(empty)).code).toBe(0);
  const { code, stdout } = await runAgainst(empty, "--require");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^The contract was not seen whole: .* \d+ not seen \(ids-asked, .*\); /m);
  const junit = await runAgainst(empty, "--require", "--reporter", "junit");
  expect(junit.stdout).toMatch(/name="ids-asked"[^>]*><failure message="Not seen, /);
  expect((await run(["verify", "--require"], {})).code).toBe(0);
});

test("--deadline and --retries are obeyed", async () => {
  const late: Rogue = {
    answer: (passing) => {
      if (passing.kind === "stamp") passing.delivery = "hang";
    },
  };
  const { code, stdout } = await runAgainst(late, "--deadline", "1000", "--retries=0");
  expect(code).toBe(1);
  expect(stdout).toContain("received no whole answer within 1 s (assumed)");
});

test("--help and --version are answered", async () => {
  expect((await run(["--help"])).stdout).toContain("np6-archives-contract verify [--base-url URL]");
  expect((await run(["verify", "--help"])).code).toBe(0);
  expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await run([])).code).toBe(2);
});
