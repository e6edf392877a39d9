import { readdir, stat } from "node:fs/promises";

/** A text that changes when a file is replaced, resized, written again, or gets other permissions. */
export async function fileSignature(path: string | Buffer | URL): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? "gone" : `${found.ino} ${found.mode} ${found.size} ${found.mtimeNs}`;
}

/** The same for all files of a folder. */
export async function folderSignature(folder: string): Promise<string> {
  const names = await readdir(folder, { encoding: "buffer" }).catch(() => []);
  const signatures = await Promise.all(
    names.map(async (name) => {
      const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
      return `${name.toString("hex")} ${await fileSignature(path)}`;
    }),
  );
  return signatures.toSorted().join("\n");
}
