import { createRedact } from "@np6-archives/spec/redact";
import { CouldNotRunError } from "../survey/could-not-run.ts";

/** The server to verify. */
export interface VerifiedServer {
  /** Without a slash at the end. */
  baseUrl: string;
  apiKey: string;
  /** Whether it is a mock that was started here, which knows every id of the spec. */
  isOurs: boolean;
  close: () => Promise<void>;
}

/**
 * The server at a base URL; without one, a mock that is started for it.
 *
 * @throws TypeError when the base URL or the key is not valid.
 * @throws CouldNotRunError when there is no key.
 */
export async function verifiedServer(
  baseUrl: string | undefined,
  apiKey: string | undefined,
): Promise<VerifiedServer> {
  if (baseUrl === undefined) {
    const { startMock } = await import("@np6-archives/mock");
    const key = apiKey?.trim() || "verify-the-mock";
    const mock = await startMock({ apiKeys: [key] });
    return { baseUrl: mock.url, apiKey: key, isOurs: true, close: () => mock.close() };
  }
  const key = (apiKey ?? process.env["NP6_API_KEY"] ?? "").trim();
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    // Not `search` and `hash`: they are empty for a bare `?` or `#`, which would still cut off every path.
    /[?#]/.test(url.href)
  ) {
    throw new TypeError(
      `base URL: expected an http or https URL without a query or a fragment, got "${createRedact(key)(baseUrl)}".`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("base URL: expected one without user and password, got one with them.");
  }
  if (key === "") {
    throw new CouldNotRunError("NP6_API_KEY: expected a key, got none.");
  }
  if (!/^[ -~\x80-\xFF]+$/.test(key)) {
    throw new TypeError("key: expected only characters that a header can carry, got others.");
  }
  return { baseUrl: url.href.replace(/\/+$/, ""), apiKey: key, isOurs: false, async close() {} };
}
