import type { Passing, Rogue } from "./rogue-proxy.ts";

/** A rogue that changes the first good answer to each question of a kind, and none after that. */
export function firstTime(
  kind: Passing["kind"],
  change: (passing: Passing) => void,
  times = 1,
): Rogue {
  const asked = new Map<string, number>();
  return {
    answer: (passing) => {
      if (passing.kind !== kind || passing.status !== 200) return;
      const before = asked.get(passing.url.href) ?? 0;
      asked.set(passing.url.href, before + 1);
      if (before < times) change(passing);
    },
  };
}

const delivered = (delivery: Passing["delivery"]) => (passing: Passing) => {
  passing.delivery = delivery;
};

function failed(status: number, headers: Record<string, string> = {}) {
  return (passing: Passing) => {
    passing.status = status;
    passing.headers = { "x-request-id": crypto.randomUUID(), ...headers };
    passing.body = Buffer.alloc(0);
  };
}

let asked = 0;

/** What succeeds on a retry: reported with the number of attempts, but no violation. */
export const flakes: Record<string, Rogue> = {
  "503 once": firstTime("stamp", failed(503)),
  "500 twice": firstTime("actionTarget", failed(500), 2),
  "503 once, with Retry-After": firstTime("stamp", failed(503, { "retry-after": "1" })),
  "502 with a page, once": firstTime("target", (passing) => {
    failed(502, { "content-type": "text/html" })(passing);
    passing.body = Buffer.from("<h1>Bad gateway</h1>");
  }),
  "a listing that is reset once": firstTime("target", delivered("reset")),
  "a listing that is reset twice": firstTime("target", delivered("reset"), 2),
  "a listing that breaks off once": firstTime("actionTarget", delivered("cut")),
  "a listing that hangs once": firstTime("stamp", delivered("hang")),
  "a listing that hangs half way, once": firstTime("stamp", delivered("hang-in-body")),
  "a listing that is late once": firstTime("stamp", (passing) => {
    passing.delay = 600_000;
  }),
  "a mail that breaks off once": firstTime("link", delivered("cut")),
  "a mail that fails once": firstTime("link", failed(503)),
  "every fifth answer is reset": {
    answer: (passing) => {
      if (asked++ % 5 === 0) passing.delivery = "reset";
    },
  },
};
