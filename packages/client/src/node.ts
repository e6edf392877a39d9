export { saveMail } from "./save/save-mail.ts";
export type { SavedMail } from "./save/save-mail.ts";
