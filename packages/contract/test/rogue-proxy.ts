import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MailArchive } from "@np6-archives/client";
import type { Mock } from "@np6-archives/mock";

/** An answer of the mock on its way through the proxy, which a rogue may change. */
export interface Passing {
  kind: "target" | "actionTarget" | "stamp" | "link" | "other";
  method: string;
  /** Path and query of the request. Changes to it, to `requestHeaders` or to the method are sent to the mock. */
  url: URL;
  /** The request's headers, with lower-case names. */
  requestHeaders: Record<string, string>;
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** How the answer is sent. Default: whole, with its length. */
  delivery: "whole" | "chunked" | "reset" | "hang" | "hang-in-body" | "dribble" | "cut";
  /** Milliseconds to wait before answering, unless the client gives up earlier. */
  delay: number;
}

/** Changes a request before the mock sees it, and the answer before the client does. */
export interface Rogue {
  request?: (passing: Passing) => void;
  answer?: (passing: Passing) => void;
}

/** A proxy in front of the mock and its links, which changes what passes as `rogue` says. */
export async function rogueProxy(
  mock: Mock,
  rogue: Rogue,
): Promise<{ url: string; close: () => Promise<void> }> {
  let own = "";
  // On a busy machine a connection may idle past the default 5 s, and be closed just as the next request is sent.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void relay(mock, own, rogue, request)
      .then((passing) => deliver(passing, response))
      .catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: own, close };
}

/** Changes the archives of a listing. Other answers pass unchanged. */
export function changeArchives(
  passing: Passing,
  change: (archives: MailArchive[], passing: Passing) => unknown,
): void {
  if (passing.status !== 200 || !isListing(passing)) return;
  const archives = JSON.parse(passing.body.toString()) as MailArchive[];
  passing.body = Buffer.from(JSON.stringify(change(archives, passing) ?? archives));
}

export function isListing({ kind }: Passing): boolean {
  return kind !== "link" && kind !== "other";
}

const kinds: [Passing["kind"], RegExp][] = [
  ["target", /^\/targets\/[^/]+\/archives$/],
  ["stamp", /^\/actions\/stamp\/[^/]+\/archives$/],
  ["actionTarget", /^\/actions\/[^/]+\/targets\/[^/]+\/archives$/],
  ["link", /\.eml$/],
];

async function relay(
  mock: Mock,
  own: string,
  rogue: Rogue,
  request: IncomingMessage,
): Promise<Passing> {
  const url = new URL(request.url!, own);
  const { host: _host, connection: _connection, ...requestHeaders } = request.headers;
  const passing: Passing = {
    kind: kinds.find(([, path]) => path.test(url.pathname))?.[0] ?? "other",
    method: request.method!,
    url,
    requestHeaders: requestHeaders as Record<string, string>,
    status: 0,
    headers: {},
    body: Buffer.alloc(0),
    delivery: "whole",
    delay: 0,
  };
  rogue.request?.(passing);
  const { status, headers, body } = await answerOf(mock, passing, own);
  passing.status = status;
  passing.headers = { ...headers, "x-request-id": crypto.randomUUID() };
  passing.body = body;
  if (isListing(passing)) {
    passing.body = Buffer.from(passing.body.toString().replaceAll(mock.blobUrl, own));
  }
  rogue.answer?.(passing);
  return passing;
}

type Answer = Pick<Passing, "status" | "headers" | "body">;

/** All rogues share one mock, so each request is sent to it only once. */
const answers = new Map<string, Promise<Answer>>();

function answerOf(mock: Mock, passing: Passing, own: string): Promise<Answer> {
  const { kind, method, url, requestHeaders } = passing;
  // A link's signature covers its exact query.
  const target = (kind === "link" ? mock.blobUrl : mock.url) + url.href.slice(own.length);
  const key = [method, target, requestHeaders["x-key"], requestHeaders["accept"]].join(" ");
  const answer = answers.get(key) ?? ask(target, method, requestHeaders);
  answers.set(key, answer);
  return answer;
}

async function ask(
  target: string,
  method: string,
  requestHeaders: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(target, { method, headers: requestHeaders, redirect: "manual" });
  const headers = Object.fromEntries(response.headers);
  for (const name of ["connection", "keep-alive", "transfer-encoding", "content-length", "date"]) {
    delete headers[name];
  }
  return { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) };
}

async function deliver(passing: Passing, response: ServerResponse): Promise<void> {
  const { status, headers, body, delivery, delay } = passing;
  if (delay > 0) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay);
      response.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  if (delivery === "reset") {
    response.destroy();
    return;
  }
  if (delivery === "hang") return;
  const length = headers["content-length"] ?? String(body.length);
  const hasLength = delivery !== "chunked" && status !== 204 && status !== 304;
  response.writeHead(status, hasLength ? { ...headers, "content-length": length } : headers);
  if (delivery === "whole" || delivery === "chunked") {
    response.end(body);
    return;
  }
  if (delivery === "dribble") {
    for (const byte of body) {
      if (response.destroyed) return;
      response.write(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    response.end();
    return;
  }
  response.write(body.subarray(0, body.length / 2), () => {
    if (delivery === "cut") response.destroy();
  });
}
