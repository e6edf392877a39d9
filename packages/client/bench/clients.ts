import { ArchivesClient } from "@np6-archives/client";
import type { paths } from "@np6-archives/spec";
import { create as createAxios } from "axios";
import ky from "ky";
import { createFetch } from "ofetch";
import OpenAI from "openai";
import createClient from "openapi-fetch";

type Fetch = typeof globalThis.fetch;

/** How each client lists one target's archives, with default options apart from the key. */
export function fetchClients(
  baseUrl: string,
  fetch: Fetch,
): Record<string, () => Promise<unknown>> {
  const headers = { "x-key": "the-key-of-this-benchmark" };
  const path = "/targets/000T123/archives";
  const ours = new ArchivesClient({ apiKey: headers["x-key"], baseUrl, fetch });
  const openapi = createClient<paths>({ baseUrl, headers, fetch: (request) => fetch(request) });
  const ofetch = createFetch({ fetch, Headers, AbortController });
  const kyClient = ky.create({ fetch, headers });
  const openai = new OpenAI({ apiKey: "none", baseURL: baseUrl, fetch, defaultHeaders: headers });
  const axiosClient = createAxios({
    adapter: "fetch",
    env: { fetch },
    headers,
  });
  return {
    "plain fetch": async () => (await fetch(baseUrl + path, { headers })).json(),
    // What any client with a time limit has to pay.
    "plain fetch, with a time limit": async () => {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), 30_000);
      try {
        const { signal } = controller;
        return await (await fetch(baseUrl + path, { headers, signal })).json();
      } finally {
        clearTimeout(timer);
      }
    },
    "this client": () => ours.listByTarget("000T123"),
    "openapi-fetch": () =>
      openapi.GET("/targets/{id}/archives", { params: { path: { id: "000T123" } } }),
    ofetch: () => ofetch(baseUrl + path, { headers, responseType: "json" }),
    ky: () => kyClient.get(baseUrl + path).json(),
    // It parses a body only under JSON's own media type.
    openai: async () => JSON.parse(await openai.get(path)),
    axios: () => axiosClient.get(baseUrl + path, { responseType: "json" }),
  };
}
