import { createRequire } from "node:module";
import { createRedact } from "@np6-archives/spec/redact";
import { readSpecFiles } from "./api/spec-files.ts";
import { createContents } from "./contents.ts";
import { createControl } from "./control/endpoints.ts";
import type { MockOptions } from "./mock-options.ts";
import {
  checkOptions,
  checkedBasePath,
  checkedKey,
  checkedNow,
  checkedPublicUrl,
} from "./mock-options.ts";
import type { Mock } from "./running-mock.ts";
import { FaultQueue } from "./server/fault-queue.ts";
import { Journal } from "./server/journal.ts";
import { closeOrigin, openOrigin } from "./server/listening-origin.ts";
import { rateLimit } from "./server/rate-limiter.ts";
import type { Surroundings } from "./server/serve-origin.ts";
import { serveOrigin } from "./server/serve-origin.ts";
import { createBlobs } from "./storage/blobs.ts";

const JOURNAL_CAPACITY = 1000;

/**
 * Starts a mock of the NP6 mail archive API on two origins of this machine: one for the API, one for the mails.
 *
 * Rejects with an Error of one clear line when it cannot start: an unknown option, a value that an option cannot have,
 * a port in use, one port for both origins, a `now` that is no instant, a folder or file that cannot be read, a spec,
 * an archive or a public URL that is not valid. Where a port cannot be had, the error's `cause` is the system's own
 * error: its `code` says why (such as `EADDRINUSE`), its `port` which of `port` and `blobPort` it was.
 */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  checkOptions(options);
  for (const key of options.apiKeys ?? []) checkedKey(key, "apiKeys");
  const { host = "127.0.0.1", port = 0, blobPort = 0 } = options;
  const { latency = 0, cors = false, onWarning = () => {}, publicUrl, publicBlobUrl } = options;
  if (port !== 0 && port === blobPort) {
    throw new Error(
      `The API and the mails need a port of their own each (port and blobPort), got ${port} for both.`,
    );
  }
  const begun = Date.now();
  const start = options.now === undefined ? begun : checkedNow(options.now, "now");
  const now = (): Date => new Date(Date.now() - begun + start);
  const basePath = checkedBasePath(options.basePath ?? "", "basePath");
  const apiName = publicUrl === undefined ? undefined : checkedPublicUrl(publicUrl, "publicUrl");
  const blobName =
    publicBlobUrl === undefined ? undefined : checkedPublicUrl(publicBlobUrl, "publicBlobUrl");
  const spec =
    options.spec ?? createRequire(import.meta.url).resolve("@np6-archives/spec/openapi.yaml");

  const journal = new Journal(JOURNAL_CAPACITY);
  const faults = new FaultQueue();
  const limit = options.rateLimit === undefined ? undefined : rateLimit(options.rateLimit);
  const { onRequest } = options;
  // A key may come under another name than X-Key.
  const redact = createRedact(...(options.apiKeys ?? []));
  const surroundings: Surroundings = { now, journal, faults, latency, cors, onRequest, redact };

  // The links contain the storage's port, so it is opened before there is anything to store.
  const storage = await openOrigin("blob", host, blobPort);
  const opened = [storage];
  try {
    const server = await openOrigin("api", host, port);
    opened.push(server);
    const blobUrl = blobName ?? storage.url;
    const contents = await createContents({
      ...options,
      spec,
      basePath,
      blobUrl,
      start: new Date(start),
      now,
      onWarning,
      loopback: server.loopback,
    });
    if (blobName === undefined && /^(?:0\.0\.0\.0|::)$/.test(host)) {
      onWarning(
        `The links lead to ${storage.url}, which other machines cannot open: say where they reach it with --public-blob-url (publicBlobUrl).`,
      );
    }
    let closed: Promise<unknown> | undefined;
    const mock: Mock = {
      url: server.url,
      blobUrl: storage.url,
      get dataset() {
        return contents.dataset();
      },
      journal: () => journal.entries(),
      inject: (fault) => faults.inject(fault),
      reset() {
        journal.clear();
        faults.clear();
        limit?.reset();
        contents.reset();
      },
      async close() {
        await (closed ??= Promise.all([contents.close(), ...opened.map(closeOrigin)]));
      },
    };
    const docs = {
      url: apiName ?? server.url,
      blobUrl,
      basePath,
      apiKeys: options.apiKeys,
      spec: async () => (await readSpecFiles(spec)).text,
    };
    const reached = {
      loopback: server.loopback,
      urls: [server.url, apiName, blobName].filter((url) => url !== undefined),
    };
    serveOrigin(storage, {
      answer: createBlobs({
        find: contents.blob,
        now,
        prefix: decodeURIComponent(new URL(blobUrl).pathname.replace(/\/$/, "")),
      }),
      surroundings,
    });
    serveOrigin(server, {
      answer: (request) =>
        limit?.answer(now(), () => contents.answer(request)) ?? contents.answer(request),
      control: createControl({ mock, docs, reached, putArchives: contents.put }),
      surroundings,
    });
    return mock;
  } catch (error) {
    await Promise.all(opened.map(closeOrigin));
    throw error;
  }
}
