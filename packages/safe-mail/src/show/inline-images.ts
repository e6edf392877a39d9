/** A part of the mail that its html may show by `cid:`. */
export interface InlineImage {
  readonly contentId: string;
  readonly mimeType: string;
  readonly content: Uint8Array;
}

/** Bitmaps only: an SVG can carry links and more, and mail programs do not show it either. */
const BITMAP =
  /^image\/(?:png|jpe?g|pjpeg|gif|webp|bmp|x-ms-bmp|avif|x-icon|vnd\.microsoft\.icon)$/;
const BITMAP_DATA = new RegExp(String.raw`^data:${BITMAP.source.slice(1, -1)}[;,]`, "i");

/** All inlined images of a mail together, in bytes: one picture used a thousand times must not grow without end. */
const MOST_BYTES = 24 * 1024 * 1024;

/** Turns the `cid:` addresses of a mail into `data:` urls. */
export class InlineImages {
  readonly #images = new Map<string, InlineImage>();
  readonly #urls = new Map<string, string>();
  #left = MOST_BYTES;

  constructor(images: Iterable<InlineImage>) {
    for (const image of images) {
      if (BITMAP.test(image.mimeType)) this.#images.set(bareId(image.contentId), image);
    }
  }

  /** A `data:` url for a `cid:` or a harmless `data:` address; nothing for any other. */
  resolve(address: string): string | undefined {
    const url = BITMAP_DATA.test(address) ? address : this.#byContentId(address);
    if (url === undefined || url.length > this.#left) return undefined;
    this.#left -= url.length;
    return url;
  }

  #byContentId(address: string): string | undefined {
    if (!/^cid:/i.test(address)) return undefined;
    const id = bareId(decode(address.slice(4)));
    const known = this.#urls.get(id);
    if (known !== undefined) return known;
    const image = this.#images.get(id);
    if (image === undefined) return undefined;
    const url = `data:${image.mimeType};base64,${Buffer.from(image.content).toString("base64")}`;
    this.#urls.set(id, url);
    return url;
  }
}

/** Content ids are compared without brackets and, as mail programs do, without regard to case. */
function bareId(contentId: string): string {
  return contentId.trim().replace(/^<|>$/g, "").toLowerCase();
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
