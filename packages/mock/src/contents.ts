import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { createApi } from "./api/api.ts";
import type { Engine } from "./api/engine.ts";
import { loadEngine } from "./api/engine.ts";
import { specSignature } from "./api/spec-signature.ts";
import type { DatasetArchive } from "./data/dataset-archive.ts";
import type { ArchiveStore, Dataset } from "./data/dataset.ts";
import { createStore } from "./data/dataset.ts";
import type { Mail } from "./data/mail.ts";
import { bundledMails, ownMails } from "./data/mails.ts";
import { checkedArchives } from "./data/own-archive.ts";
import { archivesSignature, readArchivesFile } from "./data/own-archives-file.ts";
import type { ReadyArchives } from "./data/own-mail.ts";
import { withMails } from "./data/own-mail.ts";
import { folderSignature } from "./files/file-signatures.ts";
import type { Followed } from "./files/watch.ts";
import { watch } from "./files/watch.ts";
import type { MockOptions } from "./mock-options.ts";
import type { Answer } from "./server/answer.ts";
import type { FindBlob } from "./storage/blobs.ts";

/** What a mock serves, and how that changes while it runs. A request that has begun is answered from what was there. */
export interface Contents {
  dataset(): Dataset;
  answer(request: IncomingMessage): Promise<Answer>;
  blob: FindBlob;
  /** Replaces the user's own archives. Rejects with an Error of one line when they are not valid. */
  put: (value: unknown) => Promise<readonly DatasetArchive[]>;
  /** Goes back to the archives of the start, or of the file as it is now. */
  reset(): void;
  /** Stops following files. */
  close(): Promise<void>;
}

/** The options of {@link startMock} that concern it. */
type Made = Pick<MockOptions, "mails" | "archives" | "seeded" | "seed" | "apiKeys" | "watch">;

/** Rejects with an Error of one line when a file or folder cannot be read or is not valid. */
export async function createContents(
  options: Made & {
    spec: string;
    basePath: string;
    /** Where the links lead. */
    blobUrl: string;
    /** When the clock started: ages count back from it. */
    start: Date;
    now: () => Date;
    /** Whether only this machine can put archives. */
    loopback: boolean;
    onWarning: (line: string) => void;
  },
): Promise<Contents> {
  const { spec, mails: folder, archives = [], start, now, onWarning } = options;
  const archivesFile = typeof archives === "string" ? archives : undefined;

  // A folder that is read again would give the same warnings again.
  const told = new Set<string>();
  const warnOnce = (line: string): void => {
    if (!told.has(line)) onWarning(line);
    told.add(line);
  };
  const loadMails = async (): Promise<Mail[]> =>
    folder === undefined ? bundledMails() : ownMails(folder, warnOnce);
  const loadOwn = async (): Promise<ReadyArchives> => {
    const [given, from] =
      archivesFile === undefined
        ? [checkedArchives(archives), "."]
        : [await readArchivesFile(archivesFile), dirname(archivesFile)];
    return {
      archives: await withMails(given.archives, from),
      seeded: options.seeded ?? given.seeded ?? true,
    };
  };

  const folders = [".", folder, archivesFile && dirname(archivesFile)].filter(
    (one) => one !== undefined,
  );
  const followed: Followed[] = [];
  if (options.watch) {
    followed.push({ what: `spec ${spec}`, signature: specSignature(spec), read: readSpec });
  }
  if (options.watch && folder !== undefined) {
    const signature = () => folderSignature(folder);
    followed.push({ what: `mail folder ${folder}`, signature, read: readMails });
  }
  if (options.watch && archivesFile !== undefined) {
    const signature = archivesSignature(archivesFile);
    followed.push({ what: `archives file ${archivesFile}`, signature, read: readOwn });
  }
  // The signatures from before anything is read.
  const taken = await Promise.all(followed.map(({ signature }) => signature()));
  let [engine, mails, ownAtStart]: [Engine, Mail[], ReadyArchives] = await Promise.all([
    loadEngine(spec),
    loadMails(),
    loadOwn(),
  ]);
  let own = ownAtStart;
  const calls = new Map<string, number>();
  let store: ArchiveStore;
  let answer: ReturnType<typeof createApi>;
  const renew = (clock = now()): void => {
    const { seed = 8, blobUrl, apiKeys, basePath } = options;
    const made = { seed, now: start, clock, blobUrl, mails, own };
    store = createStore({ ...made, ownMails: folder !== undefined });
    answer = createApi({ engine, store, apiKeys, basePath, calls });
  };
  renew(start);

  async function readSpec(): Promise<() => boolean> {
    const read = await loadEngine(spec);
    return () => {
      if (read.fingerprint === engine.fingerprint) return false;
      engine = read;
      renew();
      return true;
    };
  }

  async function readMails(): Promise<() => boolean> {
    const read = await loadMails();
    return () => {
      mails = read;
      renew();
      return true;
    };
  }

  async function readOwn(): Promise<() => boolean> {
    const read = await loadOwn();
    return () => {
      ownAtStart = own = read;
      renew();
      return true;
    };
  }

  const watches = followed.map((one, index) => watch(one, taken[index]!, onWarning));

  return {
    dataset: () => store.dataset,
    answer: (request) => answer(request),
    blob: (path) => store.blob(path),
    async put(value) {
      const given = checkedArchives(value);
      const ready = await withMails(given.archives, ".", options.loopback ? undefined : folders);
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
