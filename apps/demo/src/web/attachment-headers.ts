import { toUSVString } from "node:util";

/** Headers with which a browser saves a file and never shows it. */
export function attachmentHeaders(name: string, type: string): Record<string, string> {
  const plain = name.replaceAll(/[^\w .()-]/g, "_").slice(-150);
  const exact = encodeURIComponent(toUSVString(name)).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return {
    "Content-Type": type,
    "Content-Disposition": `attachment; filename="${plain}"; filename*=UTF-8''${exact}`,
  };
}
