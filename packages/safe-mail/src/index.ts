export { readMail, unreadableMail } from "./read/read-mail.ts";
export { createMailReader } from "./process/mail-reader.ts";
export type { MailReader, MailReaderOptions, ReadOptions } from "./process/mail-reader.ts";
export type {
  MailAttachment,
  MailHeader,
  MailHtml,
  MailNote,
  MailPart,
  MailProblem,
  SafeMail,
} from "./safe-mail.ts";
export type { BlockedItem } from "./show/blocked-items.ts";
export type { MailLink } from "./show/mail-links.ts";
