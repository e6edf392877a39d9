import type { Child } from "hono/jsx";
import { idHint, readSearch } from "../archives/archive-search.ts";
import type { Search, SearchProblem } from "../archives/archive-search.ts";
import { listLink } from "./page-links.ts";
import { SearchForm } from "./search-form.tsx";
import type { View } from "./view.ts";

/** A search to offer on the first page. */
export interface Example {
  readonly query: Partial<Search>;
  /** What it shows, in English. */
  readonly label: string;
}

/** The first page: the form, and what to try. */
export function StartPage(props: { view: View; search: Search; examples: readonly Example[] }) {
  const { view, search, examples } = props;
  const { t } = view;
  return (
    <div class="start">
      <h1>{t.findHeading}</h1>
      <p class="tagline">{t.tagline}</p>
      <SearchForm view={view} search={search} focus />
      {examples.length > 0 && (
        <section class="examples" aria-labelledby="examples">
          <h2 id="examples">{t.tryHeading}</h2>
          <ul lang="en">
            {examples.map(({ query, label }) => {
              const example = readSearch(query);
              return (
                <li>
                  <a href={listLink(example)}>
                    <code>{example[example.by]}</code>
                  </a>{" "}
                  {label}
                </li>
              );
            })}
          </ul>
        </section>
      )}
    </div>
  );
}

/** The form as it was filled in, and the result. */
export function ResultPage(props: {
  view: View;
  search: Search;
  problem?: SearchProblem;
  children?: Child;
}) {
  const { view, search, problem } = props;
  return (
    <>
      <h1 class="unseen">{view.t.findHeading}</h1>
      <SearchForm view={view} search={search} problem={problem} focus={problem !== undefined} />
      {problem?.kind !== "address" && <Hint view={view} search={search} />}
      {props.children}
    </>
  );
}

/** Says what an id looks like, next to one that does not. */
function Hint({ view, search }: { view: View; search: Search }) {
  const { t } = view;
  const hint = idHint(search);
  if (hint === undefined) return <></>;
  return (
    <p class="hint">
      {t.idHints[hint.kind]} {t[`${hint.field}Help`]}.{" "}
      {hint.better !== undefined && (
        <a href={listLink(hint.better)}>{t.searchFor(hint.better[hint.field])}</a>
      )}
    </p>
  );
}
