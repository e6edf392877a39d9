import { ACCESS_CHECKS } from "./access.ts";
import { ANSWER_CHECKS } from "./answers.ts";
import { ARCHIVE_CHECKS } from "./archives.ts";
import type { Check } from "./check.ts";
import { HEADER_CHECKS } from "./headers.ts";
import { LINK_CHECKS } from "./links.ts";
import { WINDOW_CHECKS } from "./windows.ts";

/** Every check of verify, in the order of the report. */
export const ALL_CHECKS: readonly Check[] = [
  ...ANSWER_CHECKS,
  ...ACCESS_CHECKS,
  ...ARCHIVE_CHECKS,
  ...WINDOW_CHECKS,
  ...LINK_CHECKS,
  ...HEADER_CHECKS,
];
