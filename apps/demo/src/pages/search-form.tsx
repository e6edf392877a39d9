import { LAST_DAYS, NEEDED_IDS } from "../archives/archive-search.ts";
import type { IdName, Search, SearchBy, SearchProblem } from "../archives/archive-search.ts";
import type { Messages } from "../words/words-en.ts";
import { FIRST_DAY } from "../words/zone.ts";
import { formLink } from "./page-links.ts";
import type { View } from "./view.ts";

type Field = IdName | "from" | "to";

const WAYS: readonly SearchBy[] = ["target", "action", "stamp"];

/** The search form. A plain GET, so the search is in the page's address. */
export function SearchForm({
  view,
  search,
  problem,
  focus = false,
}: {
  view: View;
  search: Search;
  problem?: SearchProblem | undefined;
  /** Whether to focus the field that is wrong, else the first. Default false. */
  focus?: boolean;
}) {
  const { t } = view;
  const label = { target: t.byTarget, action: t.byAction, stamp: t.byStamp };
  const focused = focus ? fieldToMend(problem, search) : undefined;
  return (
    <section class="search" aria-label={t.findHeading}>
      <nav class="ways" aria-label={t.findBy}>
        {WAYS.map((way) => (
          <a href={formLink(search, way)} aria-current={way === search.by ? "true" : undefined}>
            {label[way]}
          </a>
        ))}
      </nav>
      {/* Without autocomplete: going back to a page must show its own values, not those filled in last. */}
      <form action="./" method="get" class={`by-${search.by}`} autocomplete="off">
        <input type="hidden" name="by" value={search.by} />
        {NEEDED_IDS[search.by].map((name) => (
          <IdField
            view={view}
            name={name}
            value={search[name]}
            problem={problem}
            focus={focused === name}
          />
        ))}
        {search.by !== "stamp" && (
          <Dates view={view} search={search} problem={problem} focused={focused} />
        )}
        <p class="submits">
          <button type="submit">{t.find}</button>
          {search.by !== "stamp" &&
            LAST_DAYS.map((days) => (
              <button class="quiet" type="submit" name="days" value={days} formnovalidate>
                {t.lastDays(days)}
              </button>
            ))}
        </p>
      </form>
      {problem !== undefined && (
        <p class="problem" id="problem" role="alert">
          {problemText(problem, t)}
        </p>
      )}
    </section>
  );
}

function IdField(props: {
  view: View;
  name: IdName;
  value: string;
  problem: SearchProblem | undefined;
  focus: boolean;
}) {
  const { view, name, value, problem, focus } = props;
  const wrong = problem !== undefined && "field" in problem && problem.field === name;
  return (
    <div class={`field ${name}`}>
      <label for={name}>{view.t[`${name}Label`]}</label>
      <input
        id={name}
        name={name}
        value={value}
        required
        maxlength={200}
        autofocus={focus}
        autocapitalize="off"
        spellcheck={false}
        aria-describedby={wrong ? "problem" : `${name}-help`}
        aria-invalid={wrong ? "true" : undefined}
      />
      <small id={`${name}-help`}>{view.t[`${name}Help`]}</small>
    </div>
  );
}

function Dates({
  view,
  search,
  problem,
  focused,
}: {
  view: View;
  search: Search;
  problem: SearchProblem | undefined;
  focused: Field | undefined;
}) {
  const { t } = view;
  return (
    <fieldset class="dates">
      {(["from", "to"] as const).map((name) => {
        const wrong =
          problem?.kind === "dates-reversed" ||
          (problem?.kind === "bad-date" && problem.field === name);
        return (
          <div class="field">
            <label for={name}>{name === "from" ? t.fromLabel : t.toLabel}</label>
            <input
              type="date"
              id={name}
              name={name}
              value={search[name]}
              min={FIRST_DAY}
              autofocus={focused === name}
              aria-describedby={wrong ? "problem" : "dates-help"}
              aria-invalid={wrong ? "true" : undefined}
            />
          </div>
        );
      })}
      <small id="dates-help">
        {t.datesHelp} {t.datesZone} <span class="zone">{search.zone}</span>.
      </small>
      {/* If there are no days yet, the script fills in the reader's own zone. */}
      <input type="hidden" name="zone" value={search.zone} />
    </fieldset>
  );
}

/** The field to fix: the first one if nothing is wrong yet. */
function fieldToMend(problem: SearchProblem | undefined, { by }: Search): Field {
  if (problem === undefined) return NEEDED_IDS[by][0];
  return problem.kind === "dates-reversed" ? "from" : problem.field;
}

export function problemText(problem: SearchProblem, t: Messages): string {
  if (problem.kind === "missing") return t.missing(t[`${problem.field}Label`]);
  if (problem.kind === "address") return t.isAddress;
  return problem.kind === "bad-date" ? t.badDate(problem.value) : t.datesReversed;
}
