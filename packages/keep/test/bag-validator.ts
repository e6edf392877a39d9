import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join, sep } from "node:path";

/**
 * What is wrong with a bag in a folder, by RFC 8493 alone. It shares no code with what writes bags, and handles only
 * complete bags (without fetch.txt) with SHA-256 manifests.
 */
export async function bagProblems(bag: string): Promise<string[]> {
  const problems: string[] = [];
  const entries = await readdir(bag, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(bag.length + 1)
        .replaceAll(sep, "/"),
    );
  const textOf = async (path: string) => {
    if (!files.includes(path)) {
      problems.push(`${path}: it is not there.`);
      return "";
    }
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        await readFile(join(bag, path)),
      );
    } catch {
      problems.push(`${path}: it is no UTF-8.`);
      return "";
    }
  };

  // 2.1.1: two lines, in this order, without a byte order mark.
  if (
    !/^BagIt-Version: \d+\.\d+\r?\nTag-File-Character-Encoding: UTF-8\r?\n?$/.test(
      await textOf("bagit.txt"),
    )
  ) {
    problems.push("bagit.txt: it is no declaration.");
  }
  // 2.1.2
  if (
    !entries.some(
      (entry) => entry.isDirectory() && entry.name === "data" && entry.parentPath === bag,
    )
  ) {
    problems.push("data: there is no payload directory.");
  }
  const payload = files.filter((path) => path.startsWith("data/"));
  const tags = files.filter((path) => !path.startsWith("data/"));

  // 2.1.3 and 2.2.1: checksum, whitespace, path. In the path LF, CR and % are percent-encoded, and nothing else is.
  const listedIn = async (manifest: string) => {
    const listed: string[] = [];
    const lines = (await textOf(manifest)).split(/\r\n|\n|\r/);
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) {
      const [, checksum = "", written = ""] = /^([0-9a-fA-F]{64})[ \t]+\*?(\S.*)$/.exec(line) ?? [];
      if (/%(?!0A|0D|25)/i.test(written) || written === "") {
        problems.push(`${manifest}: the line ${JSON.stringify(line)} is none of a manifest.`);
        continue;
      }
      const path = written.replaceAll(/%(0A|0D|25)/gi, (code) => decodeURIComponent(code));
      if (/^[~/]|(^|\/)\.\.?(\/|$)/.test(path))
        problems.push(`${manifest}: ${path} leaves the bag.`);
      if (listed.includes(path)) problems.push(`${manifest}: ${path} is listed twice.`);
      listed.push(path);
      if (!files.includes(path)) {
        problems.push(`${manifest}: ${path} is not there.`);
        continue;
      }
      const found = createHash("sha256")
        .update(await readFile(join(bag, path)))
        .digest("hex");
      if (found !== checksum.toLowerCase()) problems.push(`${manifest}: ${path} has other bytes.`);
    }
    return listed;
  };
  const listedPayload = await listedIn("manifest-sha256.txt");
  for (const path of payload) {
    if (!listedPayload.includes(path)) problems.push(`manifest-sha256.txt: ${path} is not listed.`);
  }
  for (const path of listedPayload) {
    if (!path.startsWith("data/")) problems.push(`manifest-sha256.txt: ${path} is no payload.`);
  }
  const listedTags = await listedIn("tagmanifest-sha256.txt");
  for (const path of tags) {
    const isTagManifest = path.startsWith("tagmanifest-");
    if (isTagManifest && listedTags.includes(path))
      problems.push(`${path}: it lists a tag manifest.`);
    if (!isTagManifest && !listedTags.includes(path))
      problems.push(`tagmanifest-sha256.txt: ${path} is not listed.`);
  }
  if (listedTags.some((path) => path.startsWith("data/"))) {
    problems.push("tagmanifest-sha256.txt: it lists payload.");
  }
  // 2.2.2: labels and values; reserved labels have values of a certain form.
  const info = new Map(
    (await textOf("bag-info.txt"))
      .split(/\r\n|\n|\r/)
      .filter((line) => line !== "" && !/^[ \t]/.test(line))
      .map((line) => {
        const [, label, value] = /^([^\s:][^:]*): (.*)$/.exec(line) ?? [];
        if (label === undefined)
          problems.push(`bag-info.txt: ${JSON.stringify(line)} has no label.`);
        return [label ?? "", value ?? ""] as const;
      }),
  );
  const sizes = await Promise.all(
    payload.map(async (path) => (await readFile(join(bag, path))).length),
  );
  const octets = sizes.reduce((sum, size) => sum + size, 0);
  const oxum = info.get("Payload-Oxum");
  if (oxum !== undefined && oxum !== `${octets}.${payload.length}`) {
    problems.push(
      `bag-info.txt: Payload-Oxum is ${oxum}, and the payload ${octets}.${payload.length}.`,
    );
  }
  const date = info.get("Bagging-Date");
  if (date !== undefined && !/^\d{4}-\d\d-\d\d$/.test(date)) {
    problems.push(`bag-info.txt: Bagging-Date is ${date}.`);
  }
  return problems;
}
