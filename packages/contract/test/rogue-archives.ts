import type { MailArchive } from "@np6-archives/client";
import { items, listings } from "./rogue-bodies.ts";
import { changeArchives } from "./rogue-proxy.ts";
import type { Passing, Rogue } from "./rogue-proxy.ts";

function archives(change: (all: MailArchive[], passing: Passing) => unknown): Rogue {
  return { answer: (passing) => changeArchives(passing, change) };
}

/** A listing that ignores some of the dates, as the mock never sees them. */
function ignoring(...names: string[]): Rogue {
  return {
    request: ({ url }) => {
      for (const name of names) url.searchParams.delete(name);
    },
  };
}

/** A listing whose dates the mock gets changed. */
function shifting(names: string[], change: (date: string) => string): Rogue {
  return {
    request: ({ url }) => {
      for (const name of names) {
        const date = url.searchParams.get(name);
        if (date?.startsWith("20")) url.searchParams.set(name, change(date));
      }
    },
  };
}

const later = (milliseconds: number) => (date: string) =>
  new Date(Date.parse(date) + milliseconds).toISOString();
const hour = 3_600_000;
let calls = 0;

/** Lists that break what is documented, though each body matches the schema. */
export const brokenLists: Record<string, Rogue> = {
  "every archive twice": archives((all) => [...all, ...all]),
  "the first archive twice": archives((all) => (all[0] ? [...all, all[0]] : all)),
  "one id for all": items((archive) => ({
    ...archive,
    id: "43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11",
  })),
  "blank ids": items((archive, index) => (index === 0 ? { ...archive, id: " " } : archive)),
  "a blank action": items((archive) => ({ ...archive, action: "" })),
  "other ids with each call": items((archive) => ({ ...archive, id: crypto.randomUUID() })),
  "a foreign target": items((archive) => ({ ...archive, target: "000R4M0T" })),
  "a foreign target in one item": items((archive, index) =>
    index === 1 ? { ...archive, target: "000R4M0T" } : archive,
  ),
  "the target in lower case": items((archive) => ({
    ...archive,
    target: archive.target.toLowerCase(),
  })),
  "a foreign action": archives((all, { kind }) =>
    kind === "actionTarget" ? all.map((archive) => ({ ...archive, action: "000PE4" })) : all,
  ),
  "action and target exchanged": items((archive) => ({
    ...archive,
    action: archive.target,
    target: archive.action,
  })),
  "the action's list holds every action": {
    request: (passing) => {
      if (passing.kind !== "actionTarget") return;
      passing.url.pathname = passing.url.pathname.replace(/^\/actions\/[^/]+/, "");
    },
  },
  "startDate ignored": ignoring("startDate"),
  "endDate ignored": ignoring("endDate"),
  "both dates ignored": ignoring("startDate", "endDate"),
  "dates ignored on the action's list": {
    request: ({ kind, url }) => {
      if (kind === "actionTarget") url.search = "";
    },
  },
  "startDate ignored beside endDate": {
    request: ({ url }) => {
      if (url.searchParams.has("endDate")) url.searchParams.delete("startDate");
    },
  },
  "startDate a day early": shifting(["startDate"], later(-96 * hour)),
  "endDate days late": shifting(["endDate"], later(96 * hour)),
  "startDate late": shifting(["startDate"], later(96 * hour)),
  "startDate an hour early": shifting(["startDate"], later(-hour)),
  "startDate an hour late": shifting(["startDate"], later(hour)),
  "endDate an hour early": shifting(["endDate"], later(-hour)),
  "endDate an hour late": shifting(["endDate"], later(hour)),
  "dates cut to the day": shifting(
    ["startDate", "endDate"],
    (date) => `${date.slice(0, 10)}T00:00:00Z`,
  ),
  "zones of dates passed over": shifting(["startDate", "endDate"], (date) =>
    date.replace("+02:00", "Z"),
  ),
  "zones of dates passed over for an action": {
    request: ({ kind, url }) => {
      if (kind === "actionTarget") url.search = url.search.replaceAll("%2B02%3A00", "Z");
    },
  },
  "all dates an hour off": items((archive) => ({
    ...archive,
    sendingDate: later(hour)(archive.sendingDate),
    expiresOn: later(hour)(archive.expiresOn),
  })),
  "dates exchanged": {
    request: ({ url }) => {
      const { startDate, endDate } = Object.fromEntries(url.searchParams);
      url.search = "";
      if (endDate) url.searchParams.set("startDate", endDate);
      if (startDate) url.searchParams.set("endDate", startDate);
    },
  },
  "a window loses its newest": archives((all, { url }) => (url.search === "" ? all : all.slice(1))),
  "a window loses its oldest": archives((all, { url }) =>
    url.search === "" ? all : all.slice(0, -1),
  ),
  "a window is always empty": archives((all, { url }) => (url.search === "" ? all : [])),
  "an archive comes and goes": archives((all) => (calls++ % 2 === 0 ? all : all.slice(3))),
  "another sendingDate with dates": archives((all, { url }) =>
    url.search === ""
      ? all
      : all.map((archive) => ({ ...archive, sendingDate: later(-2 * hour)(archive.sendingDate) })),
  ),
  "two archives for a stamp": archives((all, { kind }) =>
    kind === "stamp"
      ? [...all, ...all.map((archive) => ({ ...archive, id: crypto.randomUUID() }))]
      : all,
  ),
};

/** Changes the answers to questions that find no archive. */
const nothing = (change: (passing: Passing) => void): Rogue =>
  listings((passing) => {
    if (passing.body.toString() === "[]") change(passing);
  });

/** Empty lists that break what is documented, and valid dates that are refused. */
export const brokenEmptyLists: Record<string, Rogue> = {
  "204 for dates without a mail": nothing((passing) => {
    passing.status = 204;
    passing.body = Buffer.alloc(0);
  }),
  "null for dates without a mail": nothing((passing) => {
    passing.body = Buffer.from("null");
  }),
  "no body for dates without a mail": nothing((passing) => {
    passing.body = Buffer.alloc(0);
  }),
  "400 for dates without a fraction": listings((passing) => {
    if (/\d%3A\d\dZ/.test(passing.url.search)) passing.status = 400;
  }),
};

/** Lists that contradict only observations or assumptions. */
export const oddLists: Record<string, Rogue> = {
  "404 for dates without a mail": nothing((passing) => {
    passing.status = 404;
  }),
  "somebody else's archive for a stamp": archives((all, { kind }) =>
    kind === "stamp"
      ? all.map((archive) => ({ ...archive, id: crypto.randomUUID(), target: "000R4M0T" }))
      : all,
  ),
  "order shuffled": archives((all) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1))),
  "oldest first": archives((all) => all.toReversed()),
  "startDate exclusive": shifting(["startDate"], later(1)),
  "endDate inclusive": shifting(["endDate"], later(1)),
  "ids that are no uuid": items((archive) => ({ ...archive, id: archive.id.replaceAll("-", "") })),
  "at most ten rows of an action": archives((all, { kind }) =>
    kind === "actionTarget" ? all.slice(0, 10) : all,
  ),
  "one row at most": archives((all) => all.slice(0, 1)),
  "blank links": items((archive) => ({ ...archive, url: "    " })),
  "one blank link": items((archive, index) => (index === 2 ? { ...archive, url: "" } : archive)),
};
