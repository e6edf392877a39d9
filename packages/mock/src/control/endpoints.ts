import type { IncomingMessage } from "node:http";
import type { Mock } from "../running-mock.ts";
import type { Answer } from "../server/answer.ts";
import { problem } from "../server/answer.ts";
import { readBody } from "../server/request-body.ts";
import { docsPages } from "./docs-page.ts";

/** The docs page and the endpoints under `/__mock/`: what `Mock` can do, for those who are in another process. */
export function createControl(
  mock: Pick<Mock, "url" | "blobUrl" | "dataset" | "journal" | "inject" | "reset">,
  spec: string,
): (request: IncomingMessage) => Promise<Answer> | undefined {
  const { url: apiUrl, blobUrl, dataset } = mock;
  const pages = docsPages({ url: apiUrl, blobUrl, wellKnown: dataset.wellKnown, spec });
  const endpoints: Record<string, (request: IncomingMessage) => Answer | Promise<Answer>> = {
    "GET /__mock/health": () => json(200, { status: "ok" }),
    "GET /__mock/journal": () => json(200, mock.journal()),
    "GET /__mock/dataset": () => json(200, mock.dataset),
    "POST /__mock/reset": () => {
      mock.reset();
      return { status: 204, headers: {} };
    },
    "POST /__mock/faults": async (request) => {
      const body = await readBody(request);
      if ("refusal" in body) return body.refusal;
      try {
        mock.inject(
          (typeof body.value === "string" ? JSON.parse(body.value) : body.value) as never,
        );
      } catch (error) {
        return problem(400, "Invalid fault", (error as Error).message);
      }
      return { status: 204, headers: {} };
    },
  };

  return (request) => {
    const { method = "", url = "" } = request;
    const [path = ""] = url.split("?", 1);
    const page = method === "GET" || method === "HEAD" ? pages[path] : undefined;
    if (page !== undefined) return page();
    if (!path.startsWith("/__mock/")) return undefined;
    const endpoint = endpoints[`${method} ${path}`];
    if (endpoint !== undefined) return Promise.resolve(request).then(endpoint);
    const allowed = Object.keys(endpoints).filter((one) => one.endsWith(` ${path}`));
    const refusal =
      allowed.length > 0
        ? problem(405, "Method not allowed", `Expected ${allowed.join(" or ")}.`)
        : problem(404, "Not found", `Expected one of ${Object.keys(endpoints).join(", ")}.`);
    return Promise.resolve(refusal);
  };
}

function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(value),
  };
}
