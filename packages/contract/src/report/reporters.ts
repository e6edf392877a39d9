import { github } from "./github-reporter.ts";
import { json } from "./json-reporter.ts";
import { junit } from "./junit-reporter.ts";
import { pretty } from "./pretty-reporter.ts";

/** Every reporter, by the name that the command line knows it by. */
export const REPORTERS = { pretty, json, junit, github };

export type ReporterName = keyof typeof REPORTERS;
