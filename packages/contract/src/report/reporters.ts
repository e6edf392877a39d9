import { github } from "./github-reporter.ts";
import { json } from "./json-reporter.ts";
import { junit } from "./junit-reporter.ts";
import { pretty } from "./pretty-reporter.ts";

/** Every reporter, by its name on the command line. */
export const REPORTERS = { pretty, json, junit, github };

export type ReporterName = keyof typeof REPORTERS;
