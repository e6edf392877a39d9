import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { getCookie, setCookie } from "hono/cookie";
import { en } from "./words-en.ts";
import type { Messages } from "./words-en.ts";
import { fr } from "./words-fr.ts";

export const LANGUAGES = { en, fr } satisfies Record<string, Messages>;

export type Language = keyof typeof LANGUAGES;

/** The language to answer in: the one switched to (`?lang=fr`, remembered in a cookie), else the browser's. */
export function languageOf(c: Context): Language {
  const asked = c.req.query("lang");
  if (isLanguage(asked)) {
    // Without a path the cookie is limited to the folder of the viewer.
    setCookie(c, "lang", asked, { path: "", sameSite: "Lax", httpOnly: true, maxAge: 31_536_000 });
    return asked;
  }
  const remembered = getCookie(c, "lang");
  if (isLanguage(remembered)) return remembered;
  const accepted = accepts(c, {
    header: "Accept-Language",
    supports: Object.keys(LANGUAGES),
    default: "en",
    match: (preferences, { supports }) =>
      preferences
        .filter(({ q }) => q > 0)
        .toSorted((a, b) => b.q - a.q)
        .map(({ type }) => type.slice(0, 2).toLowerCase())
        .find((language) => supports.includes(language)) ?? "en",
  });
  return isLanguage(accepted) ? accepted : "en";
}

function isLanguage(name: string | undefined): name is Language {
  return name !== undefined && Object.hasOwn(LANGUAGES, name);
}
