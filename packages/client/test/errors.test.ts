import { expect, test } from "vitest";
import {
  ApiError,
  ArchivesError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ResponseValidationError,
  ServerError,
  UnprocessableEntityError,
} from "../src/index.ts";
import { archive, clientOf, list, serve, status } from "./server.ts";

async function failureOf(answer: ReturnType<typeof status>, options = {}): Promise<unknown> {
  const server = await serve(answer);
  return clientOf(server, { maxRetries: 0, ...options })
    .listByTarget("000T123")
    .then(
      () => expect.unreachable("it should have failed"),
      (error: unknown) => error,
    );
}

test.each([
  [400, BadRequestError],
  [401, AuthenticationError],
  [403, PermissionDeniedError],
  [404, NotFoundError],
  [409, ConflictError],
  [422, UnprocessableEntityError],
  [429, RateLimitError],
  [500, ServerError],
  [502, ServerError],
  [503, ServerError],
  [599, ServerError],
  [418, ApiError],
  [304, ApiError],
] as const)(
  "%i is a %o that tells method, path, status and request id",
  async (code, ErrorClass) => {
    const error = await failureOf(status(code, { "x-request-id": "r-1" }));
    expect(error).toBeInstanceOf(ErrorClass);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toBeInstanceOf(ArchivesError);
    expect(error).toMatchObject({
      name: ErrorClass.name,
      status: code,
      requestId: "r-1",
      message: `GET /targets/000T123/archives answered ${code} (request id r-1)`,
    });
  },
);

test.each([
  ["empty", "", ""],
  ["empty JSON", "{}", {}],
  ["a proxy's page", "<html>Bad gateway</html>", "<html>Bad gateway</html>"],
  ["null", "null", null],
  ["a number", "42", 42],
  ["half of JSON", '{"why', '{"why'],
  ["a problem", '{"detail":"no such thing"}', { detail: "no such thing" }],
])("a 500 whose body is %s is a ServerError all the same", async (_, text, body) => {
  const error = await failureOf(status(500, { "x-request-id": "r-2" }, text));
  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject({ status: 500, requestId: "r-2", body });
});

test("an error without a request id does not mention one", async () => {
  const error = await failureOf(status(404));
  expect((error as Error).message).toBe("GET /targets/000T123/archives answered 404");
  expect(error).toHaveProperty("requestId", undefined);
});

test("a RateLimitError tells how long to wait and what the limit is", async () => {
  const headers = { "retry-after": "30", "x-ratelimit-limit": "100", "x-ratelimit-remaining": "0" };
  const error = await failureOf(status(429, headers));
  expect(error).toMatchObject({ retryAfter: 30_000, rateLimit: { limit: 100, remaining: 0 } });
  expect((error as ApiError).headers.get("retry-after")).toBe("30");
});

test("any other error with a status tells how long to wait, too", async () => {
  const error = await failureOf(status(503, { "retry-after": "3600" }), { maxRetries: 2 });
  expect(error).toMatchObject({ name: "ServerError", retryAfter: 3_600_000 });
});

const first =
  "GET /targets/000T123/archives answered 200 with a body that is no list of archives: ";
test.each([
  ["empty", "", "the body: expected array, got nothing"],
  ["cut off", '[{"id":"1"', "the body: expected array, got text that is not JSON"],
  ["a page", "<html></html>", "the body: expected array, got text that is not JSON"],
  ["an object", "{}", "the body: expected array, got object"],
  ["null", "null", "the body: expected array, got null"],
  ["a text", '"[]"', "the body: expected array, got string"],
  ["a list of texts", '["a"]', "/0: expected object, got string"],
])("a 200 whose body is %s is a ResponseValidationError, never undefined", async (_, body, why) => {
  const error = await failureOf(status(200, { "x-request-id": "r-3" }, body));
  expect(error).toBeInstanceOf(ResponseValidationError);
  expect(error).toMatchObject({
    status: 200,
    requestId: "r-3",
    message: `${first}${why} (request id r-3)`,
  });
});

test("a 204 is a ResponseValidationError, too", async () => {
  const error = await failureOf(status(204));
  expect(error).toMatchObject({ name: "ResponseValidationError", status: 204 });
});

test("the first issues say where and what was expected, ten at most, without values", async () => {
  const { url: _, ...withoutUrl } = archive();
  const bad = { ...withoutUrl, id: 7, target: null, action: ["a secret"] };
  const error = await failureOf(list([archive(), ...Array.from({ length: 10 }, () => bad)]));
  const { issues, message } = error as ResponseValidationError;
  expect(issues).toHaveLength(10);
  expect(issues.slice(0, 4)).toEqual([
    { path: "/1/url", expected: "a value", received: "nothing" },
    { path: "/1/id", expected: "string", received: "number" },
    { path: "/1/action", expected: "string", received: "array" },
    { path: "/1/target", expected: "string", received: "null" },
  ]);
  expect(message).toBe(
    `${first}/1/url: expected a value, got nothing; /1/id: expected string, got number; /1/action: expected string, got array`,
  );
});

test("in megabytes of invalid items only the first few are looked at", async () => {
  const error = await failureOf(status(200, {}, `[${"{},".repeat(4_000_000)}{}]`));
  expect((error as ResponseValidationError).issues).toHaveLength(10);
});

test("validate: false accepts any items, but not a body that is no list", async () => {
  const server = await serve(list([{ id: 7 }]));
  expect(await clientOf(server, { validate: false }).listByTarget("000T123")).toEqual([{ id: 7 }]);
  const error = await failureOf(list({}), { validate: false });
  expect(error).toBeInstanceOf(ResponseValidationError);
});
