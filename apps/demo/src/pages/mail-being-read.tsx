import type { MailArchive } from "@np6-archives/client";
import type { MailHead } from "../archives/mail-heads.ts";
import { plainText } from "../words/plain-text.ts";
import { Time } from "./layout.tsx";
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
          <dt>{t.from}</dt>
          <dd>{plainText(head.from)}</dd>
          <dt>{t.to}</dt>
          <dd>{plainText(head.to)}</dd>
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
