import type { paths } from "@np6-archives/spec";
import imported from "openapi-fetch";
import type { Client, ClientOptions } from "openapi-fetch";
import { parsedJson, toResponse, unusableBody } from "../http/received-answer.ts";
import type { Answer } from "../http/received-answer.ts";

/** As CommonJS a default export may come wrapped, once or twice, depending on the tool that loads it. */
function unwrapped<T>(module: T): T {
  return typeof module === "function" ? module : unwrapped((module as { default: T }).default);
}

/**
 * The openapi-fetch client of the contract's paths, which sends through `send`. A call does not throw on an error
 * status, but with ResponseValidationError for a success that should be JSON and is not, or is too long.
 */
export function rawClient(
  options: ClientOptions,
  send: (request: Request) => Promise<Answer>,
): Client<paths> {
  const answers = new WeakMap<Response, Answer>();
  const client = unwrapped(imported)<paths>({
    ...options,
    async fetch(request) {
      const answer = await send(request);
      const response = toResponse(answer);
      answers.set(response, answer);
      return response;
    },
  });
  client.use({
    onResponse({ response, options: { parseAs } }) {
      const answer = answers.get(response);
      if (!answer || !response.ok || parseAs !== "json") return;
      if (answer.text === "") {
        // An empty body may have come zipped, with a length. openapi-fetch would then parse it as JSON, and throw.
        response.headers.delete("content-length");
      } else if (parsedJson(answer.text) === undefined) {
        const received = "text that is not JSON";
        throw unusableBody(answer, "no JSON", [{ path: "", expected: "JSON", received }]);
      }
    },
  });
  return client;
}
