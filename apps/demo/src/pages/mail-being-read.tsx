import type { FoundArchive } from "../archives/find-archives.ts";
import type { MailHead } from "../archives/mail-heads.ts";
import { Brief } from "./mail-page.tsx";
import { subjectOf } from "./view.ts";
import type { View } from "./view.ts";

/** What is known of a mail while it is being read. It is hidden once the rest follows. */
export function MailBeingRead(props: { view: View; archive: FoundArchive; head: MailHead }) {
  const { view, archive, head } = props;
  return (
    <article class="mail waiting">
      <header>
        <h1>{subjectOf(view, head)}</h1>
        <Brief view={view} archive={archive} mail={head} />
        <p role="status">{view.t.reading}</p>
      </header>
    </article>
  );
}
