import type { MailArchive } from "@np6-archives/client";
import type { MailHead } from "../archives/mail-heads.ts";
import { Fact, Time } from "./layout.tsx";
import { subjectOf } from "./view.ts";
import type { View } from "./view.ts";

/** What is known of a mail while it is read. It hides as soon as anything follows. */
export function MailBeingRead(props: { view: View; archive: MailArchive; head: MailHead }) {
  const { view, archive, head } = props;
  const { t } = view;
  return (
    <article class="mail waiting">
      <header>
        <h1>{subjectOf(view, head)}</h1>
        <dl class="summary">
          <Fact name={t.from} value={head.from} />
          <Fact name={t.to} value={head.to} />
          <dt>{t.sent}</dt>
          <dd>
            <Time at={archive.sendingDate} view={view} />
          </dd>
        </dl>
        <p role="status">{t.reading}</p>
      </header>
    </article>
  );
}
