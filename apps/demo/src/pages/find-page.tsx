import type { Child } from "hono/jsx";
import { readSearch } from "../archives/archive-search.ts";
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
      <SearchForm view={view} search={search} />
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

/** The form as it was filled in, and what came of it. */
export function ResultPage(props: {
  view: View;
  search: Search;
  problem?: SearchProblem;
  children?: Child;
}) {
  return (
    <>
      <h1 class="unseen">{props.view.t.findHeading}</h1>
      <SearchForm view={props.view} search={props.search} problem={props.problem} />
      {props.children}
    </>
  );
}
