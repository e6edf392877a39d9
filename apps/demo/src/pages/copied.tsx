import type { View } from "./view.ts";

/** An id, with a button that copies it once the script has run. */
export function Copied({ view, id, what }: { view: View; id: string; what: string }) {
  const { t } = view;
  return (
    <>
      <code>{id}</code>{" "}
      <button
        class="quiet copy"
        type="button"
        hidden
        aria-label={t.copyWhat(what)}
        data-copy={id}
        data-words={t.copy}
        data-copied={t.copied}
      ></button>
    </>
  );
}
