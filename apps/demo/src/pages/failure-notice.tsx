import type { Child } from "hono/jsx";
import type { Failure } from "../archives/failure.ts";
import { Copied, Time } from "./layout.tsx";
import type { View } from "./view.ts";

/** Failures for which there is nothing to do, as their advice says. */
const WITHOUT_REMEDY = new Set<Failure["kind"]>(["link-blank", "link-expired"]);

/** Failures that may have passed by the next attempt. */
const PASSING = new Set<Failure["kind"]>([
  "conflict",
  "rate-limit",
  "server",
  "connection",
  "timeout",
  "validation",
  "download",
]);

/** Failures whose advice is to start again from the search. */
const ASTRAY = new Set<Failure["kind"]>(["not-listed", "page-not-found"]);

/** What went wrong, what to do, and what to quote. */
export function FailureNotice(props: {
  view: View;
  failure: Failure;
  /** `h1` where the page has no other. */
  heading: "h1" | "h2";
  /** Whether kept mails are shown all the same. Default false. */
  onlyKept?: boolean;
  /** More to quote. */
  children?: Child;
}) {
  const { view, failure, onlyKept = false, children, heading: Heading } = props;
  const { t, root } = view;
  const { title, advice } = t.failures[failure.kind];
  // An id with kept mails is surely not misspelled.
  const wasKnown = onlyKept && failure.kind === "not-found";
  return (
    <section class="notice failure" role="alert" aria-labelledby="failure">
      <Heading id="failure">{title}</Heading>
      {onlyKept && <p>{wasKnown ? t.onceKnown : t.onlyKept}</p>}
      {!wasKnown && (
        <p>
          {!WITHOUT_REMEDY.has(failure.kind) && <strong>{t.whatToDo} </strong>}
          {advice}{" "}
          {failure.retryAt !== undefined && (
            <>
              {t.tryAgainAfter} <Time at={failure.retryAt} view={view} />.
            </>
          )}
        </p>
      )}
      {PASSING.has(failure.kind) && (
        <p>
          <a href={`${root}${view.page}?${view.query.toString()}`}>{t.tryAgain}</a>
        </p>
      )}
      {ASTRAY.has(failure.kind) && (
        <p>
          <a href={root}>{t.findHeading}</a>
        </p>
      )}
      {(failure.upstreamStatus !== undefined || failure.requestId !== undefined || children) && (
        <dl>
          {children}
          {failure.upstreamStatus !== undefined && (
            <>
              <dt>{t.status}</dt>
              <dd>{failure.upstreamStatus}</dd>
            </>
          )}
          {failure.requestId !== undefined && (
            <>
              <dt>{t.requestId}</dt>
              <dd>
                <Copied view={view} id={failure.requestId} what={t.requestId} />{" "}
                <small>{t.requestIdHelp}</small>
              </dd>
            </>
          )}
        </dl>
      )}
    </section>
  );
}
