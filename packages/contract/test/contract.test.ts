import {
  ApiError,
  ArchivesClient,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
} from "@np6-archives/client";
import type { ApiPromise, MailArchive, RequestOptions } from "@np6-archives/client";
import { startMock } from "@np6-archives/mock";
import { afterAll, describe, expect, inject, test } from "vitest";
import { contractFetch, ContractViolationError } from "../src/index.ts";
import { documentedAnswers } from "./documented-answers.ts";
import type { DocumentedAnswer } from "./documented-answers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The server to test; undefined for the mock. */
    baseUrl: string | undefined;
  }
}

/*
 * The real client against a server, with each answer checked against the spec.
 *
 * By default the server is the mock, which can be asked for every documented answer. With BASE_URL and NP6_API_KEY it
 * is that server, which is asked only for what an ordinary request can cause. NP6_TARGET, NP6_ACTION and NP6_STAMP then
 * give ids that it knows.
 */
const { NP6_API_KEY, NP6_TARGET, NP6_ACTION, NP6_STAMP } = process.env;
const live = inject("baseUrl");
const apiKey = live === undefined ? "contract-test-key" : (NP6_API_KEY ?? "");
const mock = live === undefined ? await startMock({ apiKeys: [apiKey] }) : undefined;
afterAll(() => mock?.close());

const baseUrl = live ?? mock!.url;
const known = {
  target: NP6_TARGET ?? "000T123",
  action: NP6_ACTION ?? "00000A",
  stamp: NP6_STAMP ?? "d52055cd-e854-4177-8ef5-b10fd8d568a7",
};
const unknown = { target: "Z9Z9Z9Z9", action: "Z9Z9Z9", stamp: crypto.randomUUID() };

/** Some requests are wrong on purpose, so only violations by the answer count. */
const fetch = await contractFetch({
  onViolation(violation) {
    if (violation.where.startsWith("response")) throw new ContractViolationError([violation]);
  },
});
const client = new ArchivesClient({
  baseUrl,
  apiKey,
  fetch,
  maxRetries: mock === undefined ? 2 : 0,
});

type Call = (ids: typeof known, options?: RequestOptions) => ApiPromise<MailArchive[]>;
const calls: Record<string, Call> = {
  listActionTargetArchives: ({ action, target }, options) =>
    client.listByActionAndTarget(action, target, {}, options),
  listStampArchives: ({ stamp }, options) => client.listByStamp(stamp, options),
  listTargetArchives: ({ target }, options) => client.listByTarget(target, {}, options),
};

const errors: Record<string, typeof ApiError> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  429: RateLimitError,
  "5XX": ServerError,
};

const documented = await documentedAnswers();
const operations = [...new Set(documented.map(({ operation }) => operation))];
const statuses = [...new Set(documented.map(({ status }) => status))];

/** The answers that came and kept the contract: `listStampArchives 200 empty`. */
const seen = new Set<string>();
const nameOf = ({
  operation,
  status,
  example,
}: Omit<DocumentedAnswer, "example"> & { example?: { name: string } | undefined }) =>
  [operation, status, example?.name].filter(Boolean).join(" ");

function remember(operation: string, status: number, example?: { name: string }): void {
  const range = `${Math.floor(status / 100)}XX`;
  seen.add(
    nameOf({ operation, status: statuses.includes(range) ? range : String(status), example }),
  );
}

async function failureOf(operation: string, call: PromiseLike<unknown>): Promise<ApiError> {
  const error = await Promise.resolve(call).then(
    () => expect.fail("the call succeeded"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  const failure = error as ApiError;
  remember(operation, failure.status);
  return failure;
}

test("the calls in this file are the operations of the spec", () => {
  expect(Object.keys(calls).toSorted()).toEqual(operations.toSorted());
});

describe.each(operations)("%s", (operation) => {
  const call = calls[operation]!;

  test("lists the archives of known ids", async () => {
    const { data, response } = await call(known).withResponse();
    expect(data).toBeInstanceOf(Array);
    remember(operation, response.status);
  });

  test("refuses a wrong key with 401", async () => {
    const failure = await failureOf(
      operation,
      call(known, { headers: { "X-Key": "no-such-key" } }),
    );
    expect(failure).toBeInstanceOf(AuthenticationError);
  });

  test("finds nothing for unknown ids", async () => {
    const answer = await call(unknown).catch((error: unknown) => error);
    if (answer instanceof NotFoundError) remember(operation, answer.status);
    expect(answer instanceof NotFoundError ? [] : answer).toEqual([]);
  });
});

test("an invalid date is a 400, where dates are documented", async () => {
  const params = { query: { startDate: "yesterday" } };
  const ofTarget = await client.raw.GET("/targets/{id}/archives", {
    params: { ...params, path: { id: known.target } },
  });
  const ofBoth = await client.raw.GET("/actions/{id}/targets/{target}/archives", {
    params: { ...params, path: { id: known.action, target: known.target } },
  });
  expect([400, 404]).toContain(ofTarget.response.status);
  expect([400, 404]).toContain(ofBoth.response.status);
  remember("listTargetArchives", ofTarget.response.status);
  remember("listActionTargetArchives", ofBoth.response.status);
});

// Only the mock can be told what to answer.
const onDemand = mock === undefined ? [] : documented;
for (const answer of onDemand) {
  const { operation, status, example } = answer;
  const code = status.replace("XX", "03");
  const prefer = [`code=${code}`, ...(example ? [`example=${example.name}`] : [])].join(", ");

  test(`${nameOf(answer)} reaches the caller as documented`, async () => {
    const result = calls[operation]!(known, { headers: { Prefer: prefer } });
    if (example !== undefined) {
      const { data, response, requestId } = await result.withResponse();
      expect(data).toEqual(example.value);
      expect(requestId).toMatch(/./);
      remember(operation, response.status, example);
      return;
    }
    const failure = await failureOf(operation, result);
    expect(failure).toBeInstanceOf(errors[status]);
    expect(failure.status).toBe(Number(code));
    expect(failure.requestId).toMatch(/./);
  });
}

test("every answer that can be asked for was seen", () => {
  const asked =
    mock === undefined
      ? operations.flatMap((operation) => [`${operation} 200`, `${operation} 401`])
      : documented.map((answer) => nameOf(answer));
  console.log(coverageTable());
  expect(asked.filter((name) => !seen.has(name))).toEqual([]);
});

function coverageTable(): string {
  const header = `${"".padEnd(26)}${statuses.map((status) => status.padStart(10)).join("")}`;
  const rows = operations.map((operation) => {
    const cells = statuses.map((status) => coverage(operation, status).padStart(10));
    return operation.padEnd(26) + cells.join("");
  });
  return [header, ...rows].join("\n");
}

function coverage(operation: string, status: string): string {
  if (mock === undefined) return seen.has(`${operation} ${status}`) ? "seen" : "not asked";
  const answers = documented.filter(
    (answer) => answer.operation === operation && answer.status === status,
  );
  return `${answers.filter((answer) => seen.has(nameOf(answer))).length}/${answers.length}`;
}
