import { readFile } from "node:fs/promises";
import type { Dataset, WellKnownId } from "../data/dataset.ts";
import { packageFile } from "../package-files.ts";
import type { Answer } from "../server/answer.ts";
import { firstCommand } from "./first-command.ts";

/** The facts about a running mock that the page shows. */
export interface DocsFacts {
  /** The API's origin, as people reach it. */
  url: string;
  /** The mails' origin, likewise. */
  blobUrl: string;
  /** The path that the operations begin with; blank for the root. */
  basePath: string;
  /** The accepted keys; undefined for any. The page shows none of them. */
  apiKeys: readonly string[] | undefined;
  dataset: () => Dataset;
  /** Resolves to the OpenAPI document for the reference, in one piece. */
  spec: () => Promise<string>;
}

/** All files come from this machine, and the page may not reach any other. Swagger UI sets inline styles. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** The docs page and its files, by path. Each is read on request. */
export function docsPages({
  url,
  blobUrl,
  basePath,
  apiKeys,
  dataset,
  spec,
}: DocsFacts): Record<string, () => Promise<Answer>> {
  return {
    "/": async () => {
      const template = await readFile(packageFile("docs/page.html"), "utf8");
      const page = template
        .replaceAll("{{url}}", () => escaped(`${url}${basePath}`))
        .replaceAll("{{control}}", () => escaped(url))
        .replaceAll("{{blobUrl}}", () => escaped(blobUrl))
        .replace("{{basePath}}", () => escaped(basePath))
        .replace("{{try}}", () => firstTry(`${url}${basePath}`, dataset(), apiKeys))
        .replace("{{ids}}", () => dataset().wellKnown.map(idRow).join("\n"));
      return {
        status: 200,
        headers: {
          "content-type": "text/html; charset=utf-8",
          "content-security-policy": CONTENT_SECURITY_POLICY,
          "referrer-policy": "no-referrer",
          "x-content-type-options": "nosniff",
        },
        body: page,
      };
    },
    "/__mock/docs/page.css": file("text/css", "docs/page.css"),
    "/__mock/docs/page.js": file("text/javascript", "docs/page.js"),
    "/__mock/docs/swagger-ui.css": file("text/css", "dist/swagger-ui/swagger-ui.css"),
    "/__mock/docs/swagger-ui-bundle.js": file(
      "text/javascript",
      "dist/swagger-ui/swagger-ui-bundle.js",
    ),
    "/__mock/docs/openapi.yaml": async () => asset("application/yaml", await spec()),
  };
}

function file(type: string, path: string): () => Promise<Answer> {
  return async () => asset(type, await readFile(packageFile(path)));
}

function asset(type: string, body: Buffer | string): Answer {
  return {
    status: 200,
    headers: { "content-type": `${type}; charset=utf-8`, "x-content-type-options": "nosniff" },
    body,
  };
}

/** A first command to try; blank where there is nothing to list. */
function firstTry(...reached: Parameters<typeof firstCommand>): string {
  const command = firstCommand(...reached);
  return command === undefined ? "" : `<pre><code>${escaped(command)}</code></pre>`;
}

function idRow({ kind, id, story }: WellKnownId): string {
  return `<tr><td>${kind}</td><td><code>${escaped(id)}</code></td><td>${escaped(story)}</td></tr>`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
