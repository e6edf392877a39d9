import { createRequire } from "node:module";
import { createApi } from "./api/api.ts";
import { loadEngine } from "./api/engine.ts";
import { createControl } from "./control/endpoints.ts";
import { createStore } from "./data/dataset.ts";
import { lenientInstant } from "./data/lenient-instant.ts";
import { bundledMails, ownMails } from "./data/mails.ts";
import type { Mock } from "./running-mock.ts";
import { FaultQueue } from "./server/fault-queue.ts";
import type { JournalEntry } from "./server/journal.ts";
import { Journal } from "./server/journal.ts";
import type { Surroundings } from "./server/origin.ts";
import { closeOrigin, openOrigin, serve } from "./server/origin.ts";
import { rateLimit } from "./server/rate-limiter.ts";
import { createBlobs } from "./storage/blobs.ts";

/** Every option of {@link startMock}; each has a default. */
export interface MockOptions {
  /** The port that the API listens on. Default 0: any free one. */
  port?: number;
  /** The port that the mails are served on. Default 0: any free one. */
  blobPort?: number;
  /** The interface that both listen on. Default `127.0.0.1`. */
  host?: string;
  /** Any number. The dataset is made from it: same seed and `now`, same bytes. Default 8. */
  seed?: number;
  /**
   * Where the mock's clock starts, a Date or the text of an ISO 8601 instant with its zone, such as
   * `2026-02-01T09:00:00Z`; it runs on from there. Default: the real time.
   */
  now?: Date | string;
  /** The keys that `X-Key` may hold. Default: any that is not blank. */
  apiKeys?: readonly string[];
  /** How many API requests a second are answered before 429. Default: no limit. */
  rateLimit?: number;
  /** Milliseconds that every answer waits. Default 0. */
  latency?: number;
  /** The path of a folder of .eml files to serve. Default: the mock's own mails. */
  mails?: string;
  /** The path of the OpenAPI file to keep to. Default: that of @np6-archives/spec. */
  spec?: string;
  /** Called once for each answered request, with secrets redacted. Default: nothing is logged. */
  onRequest?: (entry: JournalEntry) => void;
  /** Called with one line for each thing worth knowing at start, such as a file that is no mail. Default: nothing. */
  onWarning?: (line: string) => void;
}

const JOURNAL_CAPACITY = 1000;

/**
 * Starts a mock of the NP6 mail archive API on two origins of this machine: one for the API, one for the mails.
 *
 * Rejects with an Error of one clear line when it can not start: a port in use, one port for both origins, a `now`
 * that is no instant, a folder that can not be read, a spec that is not valid. Where a port can not be had, the error's
 * `cause` is the system's own error: its `code` says why (such as `EADDRINUSE`), its `port` which of `port` and
 * `blobPort` it was.
 */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const { host = "127.0.0.1", port = 0, blobPort = 0 } = options;
  const { seed = 8, latency = 0, onWarning = () => {} } = options;
  if (port !== 0 && port === blobPort) {
    throw new Error(
      `The API and the mails need a port of their own each (port and blobPort), got ${port} for both.`,
    );
  }
  const ahead = options.now === undefined ? 0 : instantOf(options.now) - Date.now();
  const now = (): Date => new Date(Date.now() + ahead);
  const { resolve } = createRequire(import.meta.url);
  const spec = options.spec ?? resolve("@np6-archives/spec/openapi.yaml");
  const [engine, mails] = await Promise.all([
    loadEngine(spec),
    options.mails === undefined ? bundledMails() : ownMails(options.mails, onWarning),
  ]);

  const journal = new Journal(JOURNAL_CAPACITY);
  const faults = new FaultQueue();
  const limit = options.rateLimit === undefined ? undefined : rateLimit(options.rateLimit);
  const surroundings: Surroundings = {
    now,
    journal,
    faults,
    latency,
    onRequest: options.onRequest,
  };

  // The links name the storage's port, so it opens before there is anything to store.
  const storage = await openOrigin("blob", host, blobPort);
  const store = createStore({
    seed,
    now: now(),
    blobUrl: storage.url,
    mails,
    ownMails: options.mails !== undefined,
  });
  serve(storage, { answer: createBlobs({ find: (path) => store.blob(path), now }), surroundings });

  const api = createApi({ engine, store, apiKeys: options.apiKeys });
  const server = await openOrigin("api", host, port).catch(async (error: unknown) => {
    await closeOrigin(storage);
    throw error;
  });
  let closed: Promise<unknown> | undefined;
  const mock: Mock = {
    url: server.url,
    blobUrl: storage.url,
    dataset: store.dataset,
    journal: () => journal.entries(),
    inject: (fault) => faults.inject(fault),
    reset() {
      journal.clear();
      faults.clear();
      limit?.reset();
      api.reset();
    },
    async close() {
      await (closed ??= Promise.all([closeOrigin(server), closeOrigin(storage)]));
    },
  };
  serve(server, {
    answer: async (call) => limit?.refusal(now()) ?? api.answer(call),
    control: createControl(mock, spec),
    surroundings,
  });
  return mock;
}

/** @throws TypeError when it is no instant. */
function instantOf(now: Date | string): number {
  const milliseconds = typeof now === "string" ? lenientInstant(now) : now.getTime();
  if (Number.isNaN(milliseconds)) {
    throw new TypeError(
      `now: expected an ISO 8601 instant such as 2026-02-01T09:00:00Z, got ${JSON.stringify(now)}.`,
    );
  }
  return milliseconds;
}
