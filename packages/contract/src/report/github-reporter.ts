import type { Report } from "./report.ts";
import { shortened } from "./shortened.ts";

/** Workflow commands of GitHub Actions: an annotation for each violation and each observation, the summary and the table. */
export function github({ command, items, summary, appendix, error }: Report): string {
  if (error !== undefined) return `::error title=${escapeProperty(command)}::${escapeData(error)}`;
  const annotations = items.flatMap(({ id, title, outcome, lines }) => {
    if (outcome === "pass" || outcome === "unseen") return [];
    const level = outcome === "violation" ? "error" : "warning";
    const message = [title, ...shortened(lines)].join("\n");
    return [`::${level} title=${escapeProperty(id)}::${escapeData(message)}`];
  });
  return [...annotations, summary, ...(appendix === undefined ? [] : ["", appendix])].join("\n");
}

/** As GitHub's own toolkit does it, for a command's message and for its properties. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
