import { ACCESS_CHECKS } from "./access-checks.ts";
import { ANSWER_CHECKS } from "./answer-checks.ts";
import { ARCHIVE_CHECKS } from "./archive-checks.ts";
import type { Check } from "./check.ts";
import { HEADER_CHECKS } from "./header-checks.ts";
import { LINK_CHECKS } from "./link-checks.ts";
import { WINDOW_CHECKS } from "./window-checks.ts";

/** Every check of verify, in the order of the report. */
export const ALL_CHECKS: readonly Check[] = [
  ...ANSWER_CHECKS,
  ...ACCESS_CHECKS,
  ...ARCHIVE_CHECKS,
  ...WINDOW_CHECKS,
  ...LINK_CHECKS,
  ...HEADER_CHECKS,
];
