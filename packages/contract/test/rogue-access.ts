import { isListing } from "./rogue-proxy.ts";
import type { Passing, Rogue } from "./rogue-proxy.ts";

/** The key that the tests' mock accepts. */
export const rightKey = "rogue-test-key";

function answers(change: (passing: Passing) => void): Rogue {
  return { answer: change };
}

function empty(passing: Passing, status: number, headers: Record<string, string> = {}): void {
  passing.status = status;
  passing.headers = { "x-request-id": crypto.randomUUID(), ...headers };
  passing.body = Buffer.alloc(0);
}

/** Answers every valid listing request with another status. */
function always(status: number, headers?: Record<string, string>, kind?: Passing["kind"]): Rogue {
  return answers((passing) => {
    if (passing.status !== 200 || !isListing(passing)) return;
    if (kind === undefined || passing.kind === kind) empty(passing, status, headers);
  });
}

/** Changes every refusal with a certain status. */
function insteadOf(status: number, change: (passing: Passing) => void): Rogue {
  return answers((passing) => {
    if (passing.status === status && isListing(passing)) change(passing);
  });
}

function list(passing: Passing, body: unknown): void {
  passing.status = 200;
  passing.headers["content-type"] = "application/vnd.np6.cm.mail.archive";
  passing.body = Buffer.from(JSON.stringify(body));
}

const letIn = (test: (key: string | undefined, passing: Passing) => boolean): Rogue => ({
  request: (passing) => {
    if (test(passing.requestHeaders["x-key"], passing)) passing.requestHeaders["x-key"] = rightKey;
  },
});

const isNearlyRight = (key: string | undefined): boolean =>
  key?.slice(0, -1) === rightKey.slice(0, -1);

/** What should be refused is served in full, with the status of a refusal. */
function leaking(
  isRefused: (passing: Passing) => boolean,
  status: number,
  wrap: (text: string) => string = (text) => text,
): Rogue {
  const refused = new WeakSet<Passing>();
  return {
    request: (passing) => {
      if (!isListing(passing) || !isRefused(passing)) return;
      refused.add(passing);
      passing.requestHeaders["x-key"] = rightKey;
      passing.url.pathname = passing.url.pathname.replace("/Z9Z9Z9Z9/", "/000T123/");
    },
    answer: (passing) => {
      if (!refused.has(passing)) return;
      passing.status = status;
      passing.body = Buffer.from(wrap(passing.body.toString()));
    },
  };
}

const isWithoutKey = ({ requestHeaders }: Passing): boolean =>
  requestHeaders["x-key"] === undefined;

/** Statuses and keys that break what is documented. */
export const brokenAccess: Record<string, Rogue> = {
  "201 for a list": answers((passing) => {
    if (passing.status === 200 && isListing(passing)) passing.status = 201;
  }),
  "202 and nothing": always(202),
  "204 for a list": always(204),
  "206 for a list": answers((passing) => {
    if (passing.status === 200 && isListing(passing)) passing.status = 206;
  }),
  "304 unasked": always(304),
  "a redirect to a login": always(302, { location: "https://login.example.com/" }),
  "a redirect to https": always(301, { location: "https://localhost/" }),
  "400 for a good question": always(400),
  "404 for a target that has mails": always(404, {}, "target"),
  "404 for an action that the target's list names": always(404, {}, "actionTarget"),
  "404 for a stamp that is known": always(404, {}, "stamp"),
  "401 on one operation": always(401, {}, "actionTarget"),
  "405 for GET": always(405, { allow: "POST" }),
  "406 for GET": always(406),
  "410 for the stamps": always(410, {}, "stamp"),
  "418 for a list": always(418),
  "500 on one operation": always(500, {}, "stamp"),
  "503 within dates": answers((passing) => {
    if (passing.url.search !== "" && passing.kind === "target") empty(passing, 503);
  }),
  "a header that nobody documented is required": answers((passing) => {
    if (passing.requestHeaders["x-api-version"] === undefined) empty(passing, 400);
  }),
  "the vendor's type in Accept is required": answers((passing) => {
    if (isListing(passing) && !passing.requestHeaders["accept"]?.includes("vnd"))
      empty(passing, 406);
  }),
  "the vendor's type in Accept is refused": answers((passing) => {
    if (passing.requestHeaders["accept"]?.includes("vnd")) empty(passing, 406);
  }),
  "no key is needed": letIn((key) => key === undefined),
  "no key is needed for stamps": letIn((key, { kind }) => key === undefined && kind === "stamp"),
  "a blank key is taken": letIn((key) => key === ""),
  "any key is taken": letIn((key) => key !== undefined && key !== ""),
  "any key is taken for an action": letIn(
    (key, { kind }) => Boolean(key) && kind === "actionTarget",
  ),
  "a blank key is taken for an action": letIn(
    (key, { kind }) => key === "" && kind === "actionTarget",
  ),
  "a blank key is taken for stamps": letIn((key, { kind }) => key === "" && kind === "stamp"),
  "the last character of a key is passed over for an action": letIn(
    (key, { kind }) => isNearlyRight(key) && kind === "actionTarget",
  ),
  "the last character of a key is passed over for stamps": letIn(
    (key, { kind }) => isNearlyRight(key) && kind === "stamp",
  ),
  "no key is needed with dates": letIn(
    (key, { url }) => key === undefined && url.searchParams.has("startDate"),
  ),
  "any key is taken with dates": letIn(
    (key, { url }) => Boolean(key) && url.searchParams.has("startDate"),
  ),
  "a key with the right beginning is taken": letIn((key) =>
    Boolean(key?.startsWith(rightKey.slice(0, 4))),
  ),
  "401 and the list without a key": leaking(isWithoutKey, 401),
  "403 and the list without a key": leaking(isWithoutKey, 403),
  "a redirect and the list without a key": leaking(isWithoutKey, 302),
  "401 and the list within an error without a key": leaking(
    isWithoutKey,
    401,
    (text) => `{"error":"no key","items":${text}}`,
  ),
  "401 and the list deep within an error without a key": leaking(
    isWithoutKey,
    401,
    (text) => `{"error":{"details":[{"items":${text}}]}}`,
  ),
  "401 and a line for each archive without a key": leaking(isWithoutKey, 401, (text) =>
    text.replaceAll("},{", "}\n{").slice(1, -1),
  ),
  "401 and the list with a wrong key": leaking(
    ({ requestHeaders }) => requestHeaders["x-key"]?.startsWith("no-such-key") ?? false,
    401,
  ),
  "404 and somebody's archives for an unknown id": leaking(
    ({ url }) => url.pathname.includes("/Z9Z9Z9Z9/"),
    404,
  ),
  "200 and an empty list without a key": insteadOf(401, (passing) => list(passing, [])),
  "200 and an error without a key": insteadOf(401, (passing) => list(passing, { error: "no key" })),
  "204 with a wrong key": insteadOf(401, (passing) => {
    if (passing.requestHeaders["x-key"]) empty(passing, 204);
  }),
  "200 and an error for an unknown id": insteadOf(404, (passing) => list(passing, { error: "?" })),
  "200 and null for an unknown id": insteadOf(404, (passing) => list(passing, null)),
  "204 for an unknown id": insteadOf(404, (passing) => empty(passing, 204)),
  "somebody's archives for an unknown id": {
    request: (passing) => {
      passing.url.pathname = passing.url.pathname.replace("/Z9Z9Z9Z9/", "/000T123/");
    },
  },
  "a page with 200 for an unknown id": insteadOf(404, (passing) => {
    passing.status = 200;
    passing.headers["content-type"] = "text/html";
    passing.body = Buffer.from("<h1>Not found</h1>");
  }),
  "200 and an error for a bad date": insteadOf(400, (passing) => list(passing, { error: "date" })),
  "a rate limit in words": answers((passing) => {
    passing.headers["x-ratelimit-remaining"] = "plenty";
  }),
  "a rate limit below zero": answers((passing) => {
    passing.headers["x-ratelimit-limit"] = "-1";
  }),
  "a rate limit with a fraction": answers((passing) => {
    passing.headers["x-ratelimit-reset"] = "12.5";
  }),
  "a reset as an HTTP date": answers((passing) => {
    passing.headers["x-ratelimit-reset"] = new Date().toUTCString();
  }),
  "an empty rate limit": answers((passing) => {
    passing.headers["x-ratelimit-limit"] = "";
  }),
};

/** Answers that do not come completely, or not in time. */
export const brokenDelivery: Record<string, Rogue> = {
  "nothing, not even headers": answers((passing) => {
    if (passing.kind === "target") passing.delivery = "hang";
  }),
  "headers, half a body, then nothing": answers((passing) => {
    if (passing.kind === "actionTarget") passing.delivery = "hang-in-body";
  }),
  "a byte at a time": answers((passing) => {
    if (passing.kind === "stamp") passing.delivery = "dribble";
  }),
  "a connection that is reset": answers((passing) => {
    if (passing.kind === "stamp") passing.delivery = "reset";
  }),
  "a connection that ends half way": answers((passing) => {
    if (passing.kind === "target") passing.delivery = "cut";
  }),
  "a length that is too long": answers((passing) => {
    if (passing.kind === "target") {
      passing.headers["content-length"] = String(passing.body.length + 10);
      passing.delivery = "cut";
    }
  }),
  "an answer too late": answers((passing) => {
    if (passing.url.search !== "" && passing.kind === "actionTarget") passing.delay = 600_000;
  }),
};

/** Statuses and headers that contradict only observations or assumptions. */
export const oddAccess: Record<string, Rogue> = {
  "403 without a key": insteadOf(401, (passing) => empty(passing, 403)),
  "a login without a key": insteadOf(401, (passing) =>
    empty(passing, 302, { location: "https://login.example.com/" }),
  ),
  "400 without a key": insteadOf(401, (passing) => empty(passing, 400)),
  "500 with a wrong key": insteadOf(401, (passing) => empty(passing, 500)),
  "403 on one operation": always(403, {}, "stamp"),
  "an empty list for an unknown id": insteadOf(404, (passing) => list(passing, [])),
  "400 for an unknown id": insteadOf(404, (passing) => empty(passing, 400)),
  "500 for an unknown stamp": insteadOf(404, (passing) => {
    if (passing.kind === "stamp") empty(passing, 500);
  }),
  "410 for an unknown id": insteadOf(404, (passing) => empty(passing, 410)),
  "a bad date is passed over": {
    request: ({ url }) => {
      if (!url.searchParams.get("startDate")?.startsWith("20"))
        url.searchParams.delete("startDate");
    },
  },
  "404 for a bad date": insteadOf(400, (passing) => empty(passing, 404)),
  "500 for a bad date": insteadOf(400, (passing) => empty(passing, 500)),
  "422 for a bad date": insteadOf(400, (passing) => empty(passing, 422)),
  "no request id": answers((passing) => {
    delete passing.headers["x-request-id"];
  }),
  "a blank request id": answers((passing) => {
    passing.headers["x-request-id"] = "";
  }),
  "no request id on errors": answers((passing) => {
    if (passing.status >= 400) delete passing.headers["x-request-id"];
  }),
  "one request id for all": answers((passing) => {
    passing.headers["x-request-id"] = "7f2c1f6e9a3b4d0c";
  }),
  "HEAD fails": answers((passing) => {
    if (passing.method === "HEAD") empty(passing, 500);
  }),
  "a page for every unknown path": answers((passing) => {
    if (passing.kind !== "other") return;
    passing.status = 200;
    passing.headers["content-type"] = "text/html";
    passing.body = Buffer.from("<h1>Welcome</h1>");
  }),
  "500 for an unknown path": answers((passing) => {
    if (passing.kind === "other") empty(passing, 500);
  }),
  "a reset in milliseconds": answers((passing) => {
    passing.headers["x-ratelimit-reset"] = String(Date.now() + 30_000);
  }),
  "Retry-After in words": answers((passing) => {
    passing.headers["retry-after"] = "soon";
  }),
  "Retry-After below zero": answers((passing) => {
    passing.headers["retry-after"] = "-5";
  }),
  "Retry-After as a date of ISO 8601": answers((passing) => {
    passing.headers["retry-after"] = "2026-02-06T09:00:00Z";
  }),
};
