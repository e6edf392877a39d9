import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { MailArchive } from "@np6-archives/client";
import { startMock } from "@np6-archives/mock";
import { afterAll, describe, expect, test } from "vitest";
import { CouldNotRunError, verify } from "../src/index.ts";
import type { VerifyOptions, VerifyReport } from "../src/index.ts";
import { answeringServer } from "./answering-server.ts";
import { changeArchives, isListing, rogueProxy } from "./rogue-proxy.ts";
import type { Passing } from "./rogue-proxy.ts";

/*
 * Servers that are out of order. Without an API there is no verdict. An answer that is lost for good is a violation,
 * and nothing is reported of the checks that needed it.
 */
const apiKey = "key-of-the-outages";
const mock = await startMock({ apiKeys: [apiKey] });
afterAll(() => mock.close());

/** For servers of which none is late: on a busy machine any answer may take long. In milliseconds. */
const PATIENT = { deadline: 600_000 };

/** A server without HTTP, on a free port. */
async function bareServer(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A server that accepts no more connections, as if packets were dropped: it is stopped, and its queue is full. */
async function droppingServer() {
  const program = `
    const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      require("node:fs").writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", program]);
  const port = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
  const sockets = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  const taken = sockets.slice(0, 2).map((socket) => once(socket, "connect"));
  await Promise.all(taken);
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy();
      child.kill("SIGKILL");
    },
  };
}

async function whyNoVerdict(options: VerifyOptions): Promise<string> {
  const seen = await verify({ apiKey, ...PATIENT, ...options }).catch((error: unknown) => error);
  expect(seen).toBeInstanceOf(CouldNotRunError);
  expect((seen as Error).message).not.toContain("\n");
  return (seen as Error).message;
}

describe.concurrent("there is no verdict where there was no API to judge", () => {
  test.each([
    ["500 for everything", 500, {}, /: expected an API, got nothing but failures: status 500\./],
    ["503 for everything", 503, {}, /: expected an API, got nothing but failures: status 503\./],
    [
      "503 until tomorrow",
      503,
      { "retry-after": "86400" },
      /got nothing but failures: status 503\./,
    ],
    [
      "301 for everything",
      301,
      { location: "https://www.example.com/" },
      /: expected an API, got nothing but redirects: status 301\./,
    ],
    ["302 to a login", 302, { location: "/login" }, /got nothing but redirects: status 302\./],
  ] as const)("%s", async (_name, status, headers, sentence) => {
    const server = await answeringServer((_request, response) => {
      response.writeHead(status, headers);
      response.end();
    });
    expect(await whyNoVerdict({ baseUrl: server.url })).toMatch(sentence);
    expect(server.requests.length).toBeLessThan(20);
    await server.close();
  });

  test.each([
    ["closes every connection", (socket: Socket) => socket.end(), {}],
    ["resets every connection", (socket: Socket) => socket.resetAndDestroy(), {}],
    [
      "greets with another protocol",
      (socket: Socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"),
      {},
    ],
    ["accepts connections and says nothing", () => {}, { deadline: 300 }],
  ])("a server that %s", async (_name, onConnection, options) => {
    const server = await bareServer(onConnection);
    const baseUrl = `http://127.0.0.1:${server.port}`;
    expect(await whyNoVerdict({ baseUrl, ...options })).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+: expected an HTTP answer, got none: (the connection failed|no whole answer within 0\.3 s)/,
    );
    await server.close();
  });

  test("a proxy that asks for a password", async () => {
    const server = await answeringServer((_request, response) => {
      response.writeHead(407, { "proxy-authenticate": "Basic" });
      response.end();
    });
    expect(await whyNoVerdict({ baseUrl: server.url })).toMatch(
      /got none: the connection failed \(407, it seems: a proxy asks for a password\)\.$/,
    );
    expect(server.requests).toHaveLength(2);
    await server.close();
  });

  test("https to a port without TLS", async () => {
    const baseUrl = mock.url.replace("http:", "https:");
    expect(await whyNoVerdict({ baseUrl })).toMatch(
      /expected an HTTP answer, got none: the connection failed \(E/,
    );
  });

  test("dropped packets", async () => {
    const server = await droppingServer();
    expect(await whyNoVerdict({ baseUrl: `http://127.0.0.1:${server.port}` })).toMatch(
      /: expected an HTTP answer, got none: no connection within 4 s\.$/,
    );
    server.close();
  });

  test("no server on the port", async () => {
    const server = await bareServer(() => {});
    await server.close();
    expect(await whyNoVerdict({ baseUrl: `http://127.0.0.1:${server.port}` })).toContain(
      "ECONNREFUSED",
    );
  });
});

async function seenBehind(
  answer: (passing: Passing) => void,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const proxy = await rogueProxy(mock, { answer });
  const report = await verify({ baseUrl: proxy.url, apiKey, ...PATIENT, ...options });
  await proxy.close();
  return report;
}

function isWholeList({ kind, url, status }: Passing): boolean {
  return kind === "target" && url.search === "" && status === 200;
}

function empty(passing: Passing): void {
  if (passing.status === 200 && isListing(passing)) passing.body = Buffer.from("[]");
}

const windowIds = ["window-start", "window-end", "window-whole", "no-limit", "window-bounds"];

describe.concurrent("an answer that was lost is reported as lost, and nothing else is", () => {
  test.each(["reset", "hang", "hang-in-body"] as const)("a whole list: %s", async (delivery) => {
    const { verdict, checks } = await seenBehind(
      (passing) => {
        if (isWholeList(passing)) passing.delivery = delivery;
      },
      { deadline: 5000, retries: 1 },
    );
    expect(verdict).toBe("violated");
    const [first, ...others] = checks.filter(({ findings }) => findings.length > 0);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ id: "answers-in-time", outcome: "violation" });
    // Our own deadline is only assumed, but that a documented operation is answered at all is documented.
    const provenance = delivery === "reset" ? "documented" : "assumed";
    expect(first?.findings.map((finding) => finding.provenance)).toContain(provenance);
    for (const id of [...windowIds, "listing-stable"]) {
      expect([id, checks.find((check) => check.id === id)?.outcome]).toEqual([id, "unseen"]);
    }
  });

  test("all listings, while another answer comes late: the server is not absent", async () => {
    const { verdict, checks } = await seenBehind(
      (passing) => {
        if (passing.url.pathname === "/") passing.delay = 1000;
        else passing.delivery = "hang";
      },
      { deadline: 300, retries: 0 },
    );
    expect(verdict).toBe("violated");
    const found = checks.filter(({ findings }) => findings.length > 0);
    expect(found.map(({ id }) => id)).toEqual(["answers-in-time"]);
    expect(found[0]?.findings[0]).toMatchObject({ provenance: "assumed", as: "violation" });
  });

  test.each([503, 408])("%i for a whole list", async (status) => {
    const { verdict, checks } = await seenBehind((passing) => {
      if (isWholeList(passing)) passing.status = status;
    });
    expect(verdict).toBe("violated");
    const found = checks.filter(({ findings }) => findings.length > 0).map(({ id }) => id);
    expect(found).toEqual(["target-listing"]);
    expect(checks.find(({ id }) => id === "window-whole")?.outcome).toBe("unseen");
  });

  test("only listings within dates that are reset", async () => {
    const { checks } = await seenBehind((passing) => {
      if (isListing(passing) && passing.url.search !== "") passing.delivery = "reset";
    });
    const found = checks.filter(({ findings }) => findings.length > 0).map(({ id }) => id);
    expect(found).toEqual(["answers-in-time"]);
    for (const id of windowIds) expect(checks.find((one) => one.id === id)?.outcome).toBe("unseen");
  });
});

/** A fetch that works for `count` requests to the API, and then returns or throws what `gone` does. */
function untilGone(count: number, gone: () => Response): typeof fetch {
  let asked = 0;
  return async (input, init) => {
    const isOfApi = new Headers(init?.headers).has("accept");
    return isOfApi && asked++ >= count ? gone() : fetch(input, init);
  };
}

const goings: [name: string, gone: () => Response, sentence: RegExp][] = [
  [
    "has a rate limit of ten minutes",
    () => new Response(null, { status: 429, headers: { "retry-after": "600" } }),
    /: expected answers, got 429 and a wait of 600 s more\.$/,
  ],
  [
    "is gone",
    () => {
      throw new TypeError("fetch failed", {
        cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }),
      });
    },
    /: expected an HTTP answer, got none: the connection failed \(ECONNREFUSED\)\.$/,
  ],
];

describe.concurrent.each(goings)("where an API answered, and then %s", (_name, gone, sentence) => {
  const counts = [1, 2, 3, 8, 12, 16, 24, 30];

  test.each(counts)("a violation that was seen in %i answers counts", async (count) => {
    const options = { observe: true, retries: 0, fetch: untilGone(count, gone) };
    const { verdict, checks } = await seenBehind((passing) => {
      if (passing.status === 200 && isListing(passing)) passing.body = Buffer.from("{}");
    }, options);
    const [lost, ...others] = checks.filter(({ findings }) => findings.length > 0);
    expect(verdict).toBe("violated");
    expect(lost).toMatchObject({ id: "answers-in-time", outcome: "observation" });
    expect(others.map(({ id }) => id)).toContain("target-listing");
  });

  test.each([0, ...counts])("%i good answers give no verdict", async (count) => {
    const options = { observe: true, retries: 0, fetch: untilGone(count, gone) };
    expect(await whyNoVerdict({ baseUrl: mock.url, ...options })).toMatch(sentence);
  });
});

test.each([
  ["a rate limit of ten minutes", 429],
  ["a 403 for everybody", 403],
])(
  "a server that blocks after many bad keys, with %s, is judged by everything else",
  async (_name, status) => {
    let bad = 0;
    const { verdict, checks } = await seenBehind(
      (passing) => {
        if (!isListing(passing)) return;
        if (passing.status === 401) bad += 1;
        if (bad < 9) return;
        passing.status = status;
        passing.headers = { "retry-after": "600" };
        passing.body = Buffer.alloc(0);
      },
      { retries: 0 },
    );
    expect(verdict).toBe("holds");
    const passed = checks.filter(({ outcome }) => outcome === "pass").map(({ id }) => id);
    const others = ["target-listing", "bad-dates", "unknown-path", "head", "listing-stable"];
    expect(passed).toEqual(expect.arrayContaining(others));
  },
);

test("a link whose host limits the rate for long is reported as its host's, and no violation", async () => {
  const host = await answeringServer((_request, response) => {
    response.writeHead(429, { "retry-after": "600" });
    response.end();
  });
  const atHost = (passing: Passing): void =>
    changeArchives(passing, (archives) => {
      for (const archive of archives) archive.url = archive.url.replace(/^http:..[^/]+/, host.url);
    });
  const { verdict, checks } = await seenBehind(atHost);
  expect(verdict).toBe("holds");
  const opened = checks.find(({ id }) => id === "link-opens");
  expect(opened).toMatchObject({ outcome: "observation", findings: [{ received: "429" }, {}] });
  expect(opened?.findings[0]?.where).toContain(host.url);
  expect((await seenBehind(atHost, { require: true })).missing).toEqual(["link-mail"]);
  await host.close();
});

test("a link whose host drops packets is a violation of an assumption", async () => {
  const server = await droppingServer();
  const { verdict, checks } = await seenBehind(
    (passing) =>
      changeArchives(passing, (archives) => {
        for (const archive of archives) {
          archive.url = archive.url.replace(/^http:..[^/]+/, `http://127.0.0.1:${server.port}`);
        }
      }),
    { retries: 0 },
  );
  server.close();
  expect(verdict).toBe("violated");
  const [finding] = checks.find(({ id }) => id === "link-opens")?.findings ?? [];
  expect(finding).toMatchObject({ received: "no connection within 4 s", provenance: "assumed" });
});

test("an error of the caller's own fetch is reported in one line, without the key", async () => {
  const error = new Error(`no way for ${apiKey}\nat all`);
  const options = { baseUrl: mock.url, retries: 0, fetch: () => Promise.reject(error) };
  expect(await whyNoVerdict(options)).toMatch(
    /got none: the connection failed \(no way for \[redacted\]\?at all\)\.$/,
  );
});

describe("a finding names the request that it was seen in", () => {
  test("by its request id", async () => {
    const { checks } = await seenBehind((passing) => {
      if (passing.kind === "stamp" && passing.status === 200) {
        passing.headers["x-request-id"] = "planted-request-id";
        passing.body = Buffer.from("{}");
      }
    });
    const [finding] = checks.find(({ id }) => id === "stamp-listing")?.findings ?? [];
    expect(finding?.requestId).toBe("planted-request-id");
  });
});

describe("require", () => {
  test("holds where everything that a server has to show was seen", async () => {
    const { verdict, missing } = await verify({ require: true });
    expect({ verdict, missing }).toEqual({ verdict: "holds", missing: [] });
  });

  test("fails, and says what is missing, where a target has no mails", async () => {
    expect((await seenBehind(empty)).verdict).toBe("holds");
    const { verdict, missing } = await seenBehind(empty, { require: true });
    expect(verdict).toBe("violated");
    expect(missing).toEqual(expect.arrayContaining(["ids-asked", "window-whole", "link-opens"]));
  });

  test.each<[string, (archives: MailArchive[], passing: Passing) => unknown, string[]]>([
    ["a stamp has no mail", (all, { kind }) => (kind === "stamp" ? [] : all), ["stamp-single"]],
    [
      "no list has two mails",
      (all, { kind }) => (kind === "stamp" ? all : all.filter(({ id }) => id === all[0]!.id)),
      ["order"],
    ],
    [
      "no mail has a link",
      (all) => all.map((archive) => ({ ...archive, url: " " })),
      ["link-form", "link-expiry", "link-opens", "link-mail"],
    ],
  ])("fails, and says what is missing, where %s", async (_name, change, ids) => {
    const { missing } = await seenBehind((passing) => changeArchives(passing, change), {
      require: true,
    });
    expect(missing).toEqual(ids);
  });
});

test.each([
  [{ deadline: 0 }, "deadline: expected a whole number of milliseconds from 1"],
  [{ deadline: Number.NaN }, "deadline: expected a whole number"],
  [{ retries: -1 }, "retries: expected a whole number from 0 to 100, got -1."],
  [{ retries: 1.5 }, "retries: expected"],
  [{ retries: "2" }, 'retries: expected a whole number from 0 to 100, got "2".'],
  [{ baseURL: "https://api.example" }, /expected one of the options baseUrl, .*, got "baseURL"\.$/],
  [{ constructor: 1 }, /expected one of the options baseUrl, .*, got "constructor"\.$/],
  ["https://api.example", 'verify: expected an object with options, got "https://api.example".'],
  [null, "verify: expected an object with options, got null."],
  [[], "verify: expected an object with options, got an object."],
  [{ baseUrl: null }, "baseUrl: expected a text, got null."],
  [{ baseUrl: new URL("http://127.0.0.1:9") }, "baseUrl: expected a text, got an object."],
  [
    { baseUrl: "http://127.0.0.1:9/?" },
    /^base URL: expected .* without a query or a fragment, got/,
  ],
  [
    { baseUrl: "http://127.0.0.1:9/#" },
    /^base URL: expected .* without a query or a fragment, got/,
  ],
  [{ apiKey: 12345678 }, "apiKey: expected a text, got a value of type number."],
  [{ observe: "false" }, 'observe: expected true or false, got "false".'],
  [{ require: 1 }, "require: expected true or false, got 1."],
  [{ target: 5 }, "target: expected an id, got 5."],
  [{ stamp: ".." }, 'stamp: expected an id, got "..".'],
  [{ fetch: 5 }, "fetch: expected a function, got 5."],
])("an invalid option is refused: %o", async (options, sentence) => {
  await expect(verify(options as VerifyOptions)).rejects.toThrow(sentence);
  await expect(verify(options as VerifyOptions)).rejects.toThrow(TypeError);
});

test("an option that is undefined, or a key that is blank, counts as left out", async () => {
  const options: Record<keyof VerifyOptions, undefined> = {
    baseUrl: undefined,
    apiKey: undefined,
    target: undefined,
    action: undefined,
    stamp: undefined,
    observe: undefined,
    require: undefined,
    deadline: undefined,
    retries: undefined,
    fetch: undefined,
  };
  const { verdict } = await verify({ ...options, apiKey: " " });
  expect(verdict).toBe("holds");
});
