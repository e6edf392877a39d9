// What it costs to check 1000 archives, compared with parsing them.
import { mailArchivesIssues, mailArchivesShapeIssues } from "@np6-archives/spec/validate";
import * as v from "valibot";
import { z } from "zod";
import { listOf } from "./archives.ts";
import { compare } from "./rounds.ts";

const text = listOf(1000);
const body: unknown = JSON.parse(text);
const zod = z.array(
  z.looseObject({
    id: z.string(),
    action: z.string(),
    target: z.string(),
    sendingDate: z.string(),
    url: z.string(),
    expiresOn: z.string(),
  }),
);
const valibot = v.array(
  v.looseObject({
    id: v.string(),
    action: v.string(),
    target: v.string(),
    sendingDate: v.string(),
    url: v.string(),
    expiresOn: v.string(),
  }),
);

await compare(
  "Checking 1000 archives",
  {
    "JSON.parse": () => JSON.parse(text),
    "this client's check (shape)": () => mailArchivesShapeIssues(body),
    "the contract's check (dates too)": () => mailArchivesIssues(body),
    "zod (shape)": () => zod.safeParse(body),
    "valibot (shape)": () => v.safeParse(valibot, body),
  },
  20,
);
