import { readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { createApi } from "./api/api.ts";
import type { Api } from "./api/api.ts";
import type { Engine } from "./api/engine.ts";
import { loadEngine } from "./api/engine.ts";
import { readSpecFiles } from "./api/spec-files.ts";
import type { DatasetArchive } from "./data/dataset-archive.ts";
import type { ArchiveStore, Dataset } from "./data/dataset.ts";
import { createStore } from "./data/dataset.ts";
import type { Mail } from "./data/mail.ts";
import { bundledMails, ownMails } from "./data/mails.ts";
import { checkedArchives } from "./data/own-archive.ts";
import { readArchivesFile } from "./data/own-archives-file.ts";
import type { ReadyArchive } from "./data/own-mail.ts";
import { withMails } from "./data/own-mail.ts";
import type { MockOptions } from "./mock-options.ts";
import type { Answer } from "./server/answer.ts";
import type { Call } from "./server/listening-origin.ts";
import type { FindBlob } from "./storage/blobs.ts";
import type { Signature, Watch } from "./watch.ts";
import { watch } from "./watch.ts";

/** What a mock serves, and what can become of it while it runs. A request that has begun is answered from what was there. */
export interface Contents {
  dataset(): Dataset;
  answer(call: Call): Promise<Answer>;
  blob: FindBlob;
  /** Takes archives in place of the own ones that there are. Rejects with an Error of one line when they are not valid. */
  put: (value: unknown) => Promise<readonly DatasetArchive[]>;
  /** Back to the archives of the start, or of the file as it is now. */
  reset(): void;
  /** Stops following files. */
  close(): Promise<void>;
}

interface Own {
  archives: readonly ReadyArchive[];
  seeded: boolean;
}

/** Rejects with an Error of one line when a file or folder can not be read or is not valid. */
export async function createContents(options: {
  spec: string;
  mails?: string;
  archives?: MockOptions["archives"];
  seeded?: boolean;
  seed?: number;
  apiKeys?: readonly string[];
  watch?: boolean;
  basePath: string;
  /** Where the links lead. */
  blobUrl: string;
  now: () => Date;
  onWarning: (line: string) => void;
}): Promise<Contents> {
  const { spec, mails: folder, archives = [], now, onWarning } = options;
  const start = now();

  // A folder that is read again has the same oddities as before.
  const told = new Set<string>();
  const warnOnce = (line: string): void => {
    if (!told.has(line)) onWarning(line);
    told.add(line);
  };
  const loadMails = async (): Promise<Mail[]> =>
    folder === undefined ? bundledMails() : ownMails(folder, warnOnce);
  const loadOwn = async (): Promise<Own> => {
    const { seeded } = options;
    const [given, from] =
      typeof archives === "string"
        ? [await readArchivesFile(archives), dirname(archives)]
        : [checkedArchives(archives), "."];
    return {
      archives: await withMails(given.archives, from),
      seeded: seeded ?? given.seeded ?? true,
    };
  };

  const followed = options.watch === true;
  const archivesFile = typeof archives === "string" ? archives : undefined;
  const signatures = followed && {
    spec: await signatureOf(specSignature(spec)),
    mails: folder !== undefined && (await signatureOf(() => folderSignature(folder))),
    archives: archivesFile !== undefined && (await signatureOf(() => fileSignature(archivesFile))),
  };
  let [engine, mails, ownAtStart]: [Engine, Mail[], Own] = await Promise.all([
    loadEngine(spec),
    loadMails(),
    loadOwn(),
  ]);
  let own = ownAtStart;
  const calls = new Map<string, number>();
  let store: ArchiveStore;
  let api: Api;
  const renew = (): void => {
    const { seed = 8, blobUrl, apiKeys, basePath } = options;
    const made = { seed, now: start, clock: now(), blobUrl, mails, own };
    store = createStore({ ...made, ownMails: folder !== undefined });
    api = createApi({ engine, store, apiKeys, basePath, calls });
  };
  renew();

  const watches: Watch[] = [];
  if (signatures !== false) {
    watches.push(
      watch(`spec ${spec}`, signatures.spec, onWarning, async () => {
        const read = await loadEngine(spec);
        return () => {
          if (read.fingerprint === engine.fingerprint) return false;
          engine = read;
          renew();
          return true;
        };
      }),
    );
    if (signatures.mails !== false) {
      watches.push(
        watch(`mail folder ${folder}`, signatures.mails, onWarning, async () => {
          const read = await loadMails();
          return () => {
            mails = read;
            renew();
            return true;
          };
        }),
      );
    }
    if (signatures.archives !== false) {
      watches.push(
        watch(`archives file ${archivesFile}`, signatures.archives, onWarning, async () => {
          const read = await loadOwn();
          return () => {
            ownAtStart = own = read;
            renew();
            return true;
          };
        }),
      );
    }
  }

  return {
    dataset: () => store.dataset,
    answer: (call) => api.answer(call),
    blob: (path) => store.blob(path),
    async put(value) {
      const given = checkedArchives(value);
      const ready = await withMails(given.archives, ".");
      own = { archives: ready, seeded: given.seeded ?? own.seeded };
      renew();
      return store.own;
    },
    reset() {
      calls.clear();
      if (own === ownAtStart) return;
      own = ownAtStart;
      renew();
    },
    async close() {
      await Promise.all(watches.map((one) => one.close()));
    },
  };
}

async function signatureOf(now: () => Promise<string>): Promise<Signature> {
  return { taken: await now(), now };
}

/** What changes when a file does: it is another one, another size, or was written at another time. */
async function fileSignature(path: string | Buffer | URL): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? "gone" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

async function folderSignature(folder: string): Promise<string> {
  const names = await readdir(folder, { encoding: "buffer" }).catch(() => []);
  const signatures = await Promise.all(
    names.map(async (name) => {
      const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
      return `${name.toString("hex")} ${await fileSignature(path)}`;
    }),
  );
  return signatures.toSorted().join("\n");
}

/** A spec may be in several files: which they are is found again after each change of one. */
function specSignature(spec: string): () => Promise<string> {
  // A file that is broken names no others; those that it named before count on.
  const urls = new Set<string>();
  let known: string | undefined;
  return async () => {
    let now = await filesSignature(urls);
    while (now !== known) {
      known = now;
      for (const url of (await readSpecFiles(spec)).urls) urls.add(url);
      now = await filesSignature(urls);
    }
    return now;
  };
}

async function filesSignature(urls: Iterable<string>): Promise<string> {
  return (await Promise.all(Array.from(urls, (url) => fileSignature(new URL(url))))).join("\n");
}
