import type { paths } from "@np6-archives/spec";
import type { Redact } from "@np6-archives/spec/redact";
import imported from "openapi-fetch";
import type { Client, ClientOptions, Middleware } from "openapi-fetch";
import { ResponseValidationError } from "../errors/errors.ts";
import { headerValue } from "../headers/header-value.ts";

/** As CommonJS a default export may come wrapped, once or twice, as the tool has it that reads it. */
function unwrapped<T>(module: T): T {
  return typeof module === "function" ? module : unwrapped((module as { default: T }).default);
}

/** The openapi-fetch client of the contract's paths. It throws for no status, but for a success that is no JSON. */
export function rawClient(redact: Redact, options: ClientOptions): Client<paths> {
  const client = unwrapped(imported)<paths>(options);
  client.use({
    async onResponse({ request, response, options: { parseAs } }) {
      if (!response.ok || parseAs !== "json") return;
      const text = await response.clone().text();
      if (text === "") return;
      try {
        JSON.parse(text);
      } catch {
        const name = `${request.method} ${redact(new URL(request.url).pathname)}`;
        throw new ResponseValidationError(`${name} answered ${response.status} with no JSON`, {
          status: response.status,
          requestId: headerValue(response.headers, "x-request-id"),
          issues: [{ path: "", expected: "JSON", received: "text that is not JSON" }],
        });
      }
    },
  } satisfies Middleware);
  return client;
}
