import { execFile, execFileSync, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";

const run = promisify(execFile);
const HERE = fileURLToPath(new URL("..", import.meta.url));
const dockerfile = await readFile(`${HERE}/Dockerfile`, "utf8");
const compose = parse(await readFile(`${HERE}/compose.yaml`, "utf8")) as {
  services: Record<"mock" | "service", { command: string[]; environment?: Record<string, string> }>;
};

/** The JSON after an instruction of the Dockerfile. */
function instruction(name: string): string[] {
  const [, json = ""] = new RegExp(`^ *${name} (\\[.*\\])$`, "m").exec(dockerfile) ?? [];
  return JSON.parse(json) as string[];
}

/** The command of the image with the options of the compose file, with this machine's paths and host names. */
function command(host: string): string[] {
  const [, ...entry] = instruction("ENTRYPOINT");
  return [...entry, ...compose.services.mock.command].map((word) =>
    word
      .replace("node_modules/@np6-archives/mock", HERE)
      .replace("=/archives.yaml", `=${HERE}/compose/archives.yaml`)
      .replace("//mock:", `//${host}:`),
  );
}

/** Does the same as list.php, for machines without PHP. */
const CLIENT = `
  const list = await fetch(process.argv[1] + "/targets/000042/archives", { headers: { "X-Key": "demo" } });
  for (const { url } of await list.json()) {
    const mail = await fetch(url);
    console.log(new URL(url).host, mail.status, (await mail.text()).includes("Welcome"));
  }`;

/** Whether this machine allows creating network namespaces without root. */
function hasNetworks(): boolean {
  try {
    execFileSync(
      "unshare",
      ["-rn", "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"],
      { stdio: "ignore" },
    );
    execFileSync("nsenter", ["--version"]);
    return true;
  } catch {
    return false;
  }
}

/** Runs the mock and the client in network namespaces of their own, connected only by a virtual cable. */
const TWO_HOSTS = `
  unshare -n sleep 600 & other=$!
  while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
  on_other() { nsenter --target $other --net "$@"; }
  ip link set lo up
  ip link add near type veth peer name far netns $other
  ip addr add 10.9.0.1/24 dev near
  ip link set near up
  on_other ip addr add 10.9.0.2/24 dev far
  on_other ip link set far up
  "$0" "$@" --quiet > /dev/null & mock=$!
  until on_other "$0" --eval 'fetch("http://10.9.0.1:4010/__mock/health").catch(() => process.exit(1))'; do sleep 0.2; done
  on_other "$0" --input-type=module --eval "$CLIENT" http://10.9.0.1:4010
  kill $mock; wait $mock; echo "ended with $?"
  kill $other`;

test("a client on another host lists and opens what the compose file's mock serves", async () => {
  if (hasNetworks()) {
    const env = { ...process.env, CLIENT };
    const args = ["-rn", "sh", "-c", TWO_HOSTS, process.execPath, ...command("10.9.0.1")];
    const { stdout, stderr } = await run("unshare", args, { env });
    expect(stderr).toBe("");
    expect(stdout).toBe("10.9.0.1:4011 200 true\n10.9.0.1:4011 403 false\nended with 0\n");
    return;
  }
  // Without network namespaces: another name for this machine, and any free ports.
  const child = spawn(process.execPath, [
    ...command("localhost").filter((word) => !word.startsWith("--public")),
    "--port=0",
    "--blob-port=0",
  ]);
  const url = await new Promise<string>((resolve) => {
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const match = /API\s+(\S+)/.exec(output);
      if (match !== null) resolve(match[1] as string);
    });
  });
  const args = ["--input-type=module", "--eval", CLIENT, url];
  const { stdout } = await run(process.execPath, args);
  expect(stdout).toMatch(/^\S+ 200 true\n\S+ 403 false\n$/);
  child.kill();
});

test("the image's health check fails for a mock that does not answer", async () => {
  const [node, ...args] = instruction("CMD");
  expect(node).toBe("node");
  const free = await run(
    process.execPath,
    args.map((word) => word.replace("4010", "1")),
  ).catch((error: { code: number }) => error.code);
  expect(free).toBe(1);
});

test("the image runs without root, on the ports that the compose file opens", () => {
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^EXPOSE 4010 4011$/m);
  expect(compose.services.service.environment).toEqual({
    NP6_BASE_URL: "http://mock:4010",
    NP6_API_KEY: "demo",
  });
});
