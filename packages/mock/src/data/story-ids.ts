import type { Fault } from "../server/fault.ts";

/** The stamp, action and targets of the vendor's reference page. */
export const REFERENCE = {
  stamp: "d52055cd-e854-4177-8ef5-b10fd8d568a7",
  actions: ["00000A", "00000B"],
  target: "000T123",
} as const;

/** What a story's listing holds. */
export type Content = "mails" | "nothing" | "blank link" | "expired links" | "many";

/** An id with a special behaviour: what its listing holds, and how it fails. */
export interface Story {
  id: string;
  story: string;
  content: Content;
  /** The fault of every call for this id. */
  fault?: Fault;
  /** With `fault`: only every other call of each operation fails, beginning with the first. */
  everyOther?: true;
}

/** An id that no dataset has. */
export const UNKNOWN_TARGET = "000F404";

export const TARGET_STORIES: readonly Story[] = [
  { id: "000EMPTY", content: "nothing", story: "Its list is empty." },
  {
    id: "000BLANK",
    content: "blank link",
    story: "Its newest archive has a blank link; the other one opens.",
  },
  { id: "000EXPIRED", content: "expired links", story: "All its links have expired." },
  { id: "00010000", content: "many", story: "It has 10,000 archives." },
  {
    id: "000F429",
    content: "mails",
    fault: "rate-limit=1",
    everyOther: true,
    story:
      "Each operation answers its first call 429 with a wait of one second, its second 200, etc.",
  },
  ...([400, 401, 403, 500, 503] as const).map((status): Story => ({
    id: `000F${status}`,
    content: "mails",
    fault: `status=${status}`,
    story: `It always answers ${status}.`,
  })),
  {
    id: "000LATENCY",
    content: "mails",
    fault: "latency=3000",
    story: "It answers after three seconds.",
  },
  { id: "000RESET", content: "mails", fault: "reset", story: "Its connection is reset." },
  {
    id: "000HANG",
    content: "mails",
    fault: "hang",
    story: "It sends the headers, then nothing more.",
  },
  {
    id: "000TRUNCATE",
    content: "mails",
    fault: "truncate",
    story: "Its connection closes half way through the body.",
  },
  {
    id: "000DRIBBLE",
    content: "mails",
    fault: "dribble=200",
    story: "Its body comes at 200 bytes a second.",
  },
  { id: "000HTML", content: "mails", fault: "html", story: "A proxy answers 502 with a page." },
  { id: "000NOBODY", content: "mails", fault: "empty", story: "It answers 200 without a body." },
  {
    id: "000WRONGTYPE",
    content: "mails",
    fault: "wrong-type",
    story: "It answers the list under the wrong media type.",
  },
  {
    id: "000BADJSON",
    content: "mails",
    fault: "malformed-json",
    story: "It answers a body that stops being JSON half way.",
  },
];

/** The target of the activations with a story. It has nothing else. */
export const STAMP_TARGET = "000STAMPS";

/** The stamp of a story; its end is a word or a status. */
const stamp = (end: string): string => `00000000-0000-4000-8000-${end.padStart(12, "0")}`;

export const STAMP_STORIES: readonly Story[] = [
  { id: stamp("e0"), content: "nothing", story: "Its list is empty." },
  { id: stamp("b0"), content: "blank link", story: "The link of its archive is blank." },
  { id: stamp("ed"), content: "expired links", story: "The link of its archive has expired." },
  ...([400, 401, 403, 429, 500, 503] as const).map((status): Story => ({
    id: stamp(String(status)),
    content: "nothing",
    fault: status === 429 ? "rate-limit=1" : `status=${status}`,
    story: `It always answers ${status}.`,
  })),
];
