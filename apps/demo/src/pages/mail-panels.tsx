import { plainAddress, plainText } from "../words/plain-text.ts";
import type { MailPageProps } from "./mail-page-props.ts";
import { drawnWidth } from "./mail-width.ts";
import { mailLinkTo, tabLink } from "./page-links.ts";
import { TableHead } from "./table-head.tsx";
import { blockedOf } from "./view.ts";
import type { View } from "./view.ts";

/** How much is shown on a page: of a source in bytes, of a text in characters, of a table in rows. */
const SOURCE_SHOWN = 256 * 1024;
const TEXT_SHOWN = 512 * 1024;
const ROWS_SHOWN = 500;

/** Browsers drop a line break at the start of a `<pre>`: this one instead of the mail's own. */
const EATEN = "\n";

/** The html, in a sandboxed frame. Its own address also answers with a policy that forbids everything. */
export function MailPanel(props: MailPageProps) {
  const { view, search, archive, opened } = props;
  const { t } = view;
  const { mail } = opened;
  if (mail.html === undefined) return <p class="nothing">{t.noHtml}</p>;
  const frame = mailLinkTo("frame", search, archive.id);
  const width = drawnWidth(mail.html);
  return (
    <>
      <AttachmentsAhead {...props} />
      <p class="blocked">
        <a class="whole" href={frame} target="_blank" rel="noopener">
          {t.wholeWindow}
        </a>
        {mail.blocked.length === 0 ? (
          t.nothingBlocked
        ) : (
          <>
            {blockedOf(view, mail)}{" "}
            <a href={tabLink(search, archive.id, "links")}>{t.blockedSee}</a>
          </>
        )}
      </p>
      <div class="sheet">
        <iframe
          class={width === undefined ? "frame" : `frame fit fit-${width}`}
          title={t.frameTitle}
          sandbox=""
          referrerpolicy="no-referrer"
          src={frame}
        ></iframe>
      </div>
      <AttachmentTable {...props} inline={false} />
    </>
  );
}

export function TextPanel(props: MailPageProps) {
  const { view, opened } = props;
  const { text } = opened.mail;
  return (
    <>
      <AttachmentsAhead {...props} />
      {text === "" ? (
        <p class="nothing">{view.t.noText}</p>
      ) : (
        <pre class="text" tabindex={0}>
          {EATEN}
          {text.slice(0, TEXT_SHOWN)}
        </pre>
      )}
      {text.length > TEXT_SHOWN && <p>{view.t.textCut(view.format.number(TEXT_SHOWN))}</p>}
      <AttachmentTable {...props} inline={false} />
    </>
  );
}

export function HeadersPanel({ view, opened: { mail } }: MailPageProps) {
  const { t } = view;
  return (
    <>
      <Cut view={view} total={mail.headers.length} />
      <table class="pairs">
        <TableHead columns={[t.headerName, t.headerValue]} />
        <tbody>
          {mail.headers.slice(0, ROWS_SHOWN).map(({ name, value }) => (
            <tr>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Addresses are text here, never links: a browser may look up a link's host before anybody clicks. */
export function LinksPanel({ view, opened: { mail } }: MailPageProps) {
  const { t } = view;
  return (
    <>
      <h2>{t.linksHeading}</h2>
      {mail.links.length === 0 ? (
        <p class="nothing">{t.noLinks}</p>
      ) : (
        <>
          <p class="intro">{t.linksIntro}</p>
          <Cut view={view} total={mail.links.length} />
          <table class="links">
            <TableHead columns={[t.linkText, t.linkAddress, t.linkPlace]} />
            <tbody>
              {mail.links.slice(0, ROWS_SHOWN).map((link) => (
                <tr>
                  <td>
                    {plainText(link.text) || "–"}{" "}
                    {link.unsubscribes && <span class="state soon">{t.unsubscribes}</span>}
                  </td>
                  <td class="address" data-label={t.linkAddress}>
                    {plainAddress(link.address)}
                  </td>
                  <td data-label={t.linkPlace}>{t.places[link.place]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {mail.blocked.length > 0 && (
        <>
          <h2>{t.blockedHeading}</h2>
          <Cut view={view} total={mail.blocked.length} />
          <table class="links">
            <TableHead columns={[t.kind, t.linkAddress]} />
            <tbody>
              {mail.blocked.slice(0, ROWS_SHOWN).map((item) => (
                <tr>
                  <td>
                    {t.kinds[item.kind]}{" "}
                    {item.looksLikeTracking && <span class="state soon">{t.tracking}</span>}
                  </td>
                  <td class="address" data-label={t.linkAddress}>
                    {plainAddress(item.address)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  );
}

export function PartsPanel(props: MailPageProps) {
  const { view, opened } = props;
  const { t, format } = view;
  const { mail } = opened;
  return (
    <>
      <h2>{t.partsHeading}</h2>
      <table class="parts">
        <TableHead columns={[t.type, t.name, t.charset, t.encoding, t.disposition, t.size]} />
        <tbody>
          {mail.parts.map((part) => (
            <tr>
              <td class={`depth-${Math.min(part.depth, 6)}`}>{part.type}</td>
              <td data-label={t.name}>{plainText(part.name)}</td>
              <td data-label={t.charset}>{part.charset}</td>
              <td data-label={t.encoding}>{part.encoding}</td>
              <td data-label={t.disposition}>{part.disposition}</td>
              <td data-label={t.size} class="number">
                {part.size === undefined ? "" : format.bytes(part.size)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {mail.attachments.length === 0 && <p class="nothing">{t.noAttachments}</p>}
      <AttachmentTable {...props} inline={true} />
    </>
  );
}

export function SourcePanel({ view: { t, format }, opened: { source, complete } }: MailPageProps) {
  const shown = source.subarray(0, SOURCE_SHOWN);
  return (
    <>
      {(shown.byteLength < source.byteLength || !complete) && (
        <p class="intro">
          {complete
            ? t.sourceCut(format.bytes(shown.byteLength), format.bytes(source.byteLength))
            : t.sourceCutOpen(format.bytes(shown.byteLength))}
        </p>
      )}
      <pre class="source" tabindex={0}>
        {EATEN}
        {new TextDecoder().decode(shown)}
      </pre>
    </>
  );
}

/** A note if a table does not show all rows. */
function Cut({ view: { t, format }, total }: { view: View; total: number }) {
  if (total <= ROWS_SHOWN) return <></>;
  return (
    <p class="count">
      {t.countOf(format.number(1), format.number(ROWS_SHOWN), format.number(total))}
    </p>
  );
}

/** A note above the mail about its files, so that nobody misses the table below. */
function AttachmentsAhead({ view: { t, format }, opened }: MailPageProps) {
  const files = opened.mail.attachments.filter(({ inline }) => !inline);
  if (files.length === 0) return <></>;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <p class="ahead">
      <a href="#attachments">{t.attachmentsCount(files.length, format.bytes(size))}</a>{" "}
      <span class="names">
        {files.map(({ safeName }, index) => (
          <>
            {index > 0 && " · "}
            <bdi dir="ltr">{safeName}</bdi>
          </>
        ))}
      </span>
    </p>
  );
}

/** @param props `inline` says whether files that the html shows are listed, too. */
function AttachmentTable(props: MailPageProps & { readonly inline: boolean }) {
  const { view, search, archive, opened, inline } = props;
  const { t, format } = view;
  const shown = opened.mail.attachments
    .map((attachment, part) => ({ attachment, part }))
    .filter(({ attachment }) => inline || !attachment.inline);
  if (shown.length === 0) return <></>;
  return (
    <>
      <h2 id="attachments">{t.attachments}</h2>
      <table class="attachments">
        <TableHead columns={[t.name, t.type, t.size, "SHA-256"]} />
        <tbody>
          {shown.map(({ attachment, part }) => (
            <tr>
              <td>
                <a
                  href={mailLinkTo("attachment", search, archive.id, { part: String(part) })}
                  title={t.downloadNamed(attachment.safeName)}
                >
                  {attachment.safeName}
                </a>{" "}
                {attachment.inline && <span class="state">{t.inline}</span>}
              </td>
              <td data-label={t.type}>{attachment.type}</td>
              <td data-label={t.size} class="number">
                {format.bytes(attachment.size)}
              </td>
              <td data-label="SHA-256" class="hash">
                <code>{attachment.sha256}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
