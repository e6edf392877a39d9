import type { IncomingMessage } from "node:http";
import type { DatasetArchive } from "../data/dataset-archive.ts";
import { utf8Text } from "../files/utf8-text.ts";
import type { Mock } from "../running-mock.ts";
import type { Answer } from "../server/answer.ts";
import { problem } from "../server/answer.ts";
import type { InjectedFault } from "../server/fault.ts";
import { readBytes } from "../server/request-body.ts";
import type { DocsFacts } from "./docs-page.ts";
import { docsPages } from "./docs-page.ts";
import type { Reached } from "./stranger.ts";
import { strangerRefusal } from "./stranger.ts";

/** The docs page and the endpoints under `/__mock/`, which offer the methods of `Mock` to other processes. */
export function createControl(options: {
  mock: Pick<Mock, "dataset" | "journal" | "inject" | "reset">;
  /** What the docs page shows beside the dataset. */
  docs: Omit<DocsFacts, "dataset">;
  reached: Reached;
  /** Replaces the user's own archives. Rejects when they are not valid. */
  putArchives: (value: unknown) => Promise<readonly DatasetArchive[]>;
}): (request: IncomingMessage) => Promise<Answer> | undefined {
  const { mock, docs, reached, putArchives } = options;
  const pages = docsPages({ ...docs, dataset: () => mock.dataset });
  const endpoints: Record<string, (request: IncomingMessage) => Answer | Promise<Answer>> = {
    "GET /__mock/health": () => json({ status: "ok" }),
    "GET /__mock/journal": () => json(mock.journal()),
    "GET /__mock/dataset": () => json(mock.dataset),
    "POST /__mock/reset": () => {
      mock.reset();
      return { status: 204, headers: {} };
    },
    "POST /__mock/faults": (request) =>
      withJson(request, "Invalid fault", (value) => {
        mock.inject(value as InjectedFault);
        return { status: 204, headers: {} };
      }),
    "PUT /__mock/archives": (request) =>
      withJson(request, "Invalid archives", async (value) =>
        json({ archives: await putArchives(value) }),
      ),
  };

  return (request) => {
    const { method = "", url = "" } = request;
    const [path = ""] = url.split("?", 1);
    const own = path.startsWith("/__mock/");
    const stranger = own ? strangerRefusal(request, reached) : undefined;
    if (stranger !== undefined) return Promise.resolve(stranger);
    const page = method === "GET" || method === "HEAD" ? pages[path] : undefined;
    if (page !== undefined) return page();
    if (!own) return undefined;
    // Node itself leaves out the body of an answer to HEAD.
    const endpoint = endpoints[`${method === "HEAD" ? "GET" : method} ${path}`];
    if (endpoint !== undefined) return Promise.resolve(request).then(endpoint);
    const allowed = Object.keys(endpoints).filter((one) => one.endsWith(` ${path}`));
    const refusal =
      allowed.length > 0
        ? problem(405, "Method not allowed", `Expected ${allowed.join(" or ")}.`)
        : problem(404, "Not found", `Expected one of ${Object.keys(endpoints).join(", ")}.`);
    return Promise.resolve(refusal);
  };
}

/** Answers a request from its JSON, whatever its content type. An error is a 400 that says what is wrong. */
async function withJson(
  request: IncomingMessage,
  title: string,
  answer: (value: unknown) => Answer | Promise<Answer>,
): Promise<Answer> {
  const body = await readBytes(request);
  if ("refusal" in body) return body.refusal;
  try {
    return await answer(body.bytes === null ? null : JSON.parse(utf8Text(body.bytes)));
  } catch (error) {
    return problem(400, title, (error as Error).message);
  }
}

function json(value: unknown): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(value),
  };
}
