/** A part of the mail that its html may show, named by `cid:` or by its `Content-Location`. */
export interface InlineImage {
  readonly contentId?: string | undefined;
  /** The id without decoding: some pages use it as it was sent. */
  readonly sentId?: string | undefined;
  /** Some programs write the file name after `cid:`, and give no id. */
  readonly name?: string | undefined;
  readonly location?: string | undefined;
  readonly mimeType: string;
  readonly content: Uint8Array;
}

/** Bitmaps only: an SVG can carry links and more, and mail programs do not show it either. */
const BITMAP =
  /^image\/(?:png|x-png|apng|jpe?g|jpe|jfif|pjpeg|gif|webp|bmp|x-bmp|x-ms-bmp|avif|x-icon|vnd\.microsoft\.icon)$/;
const BITMAP_DATA = new RegExp(String.raw`^data:\s*(${BITMAP.source.slice(1, -1)})\s*[;,]`, "i");

/** How bitmaps begin, as many are sent as `application/octet-stream`. */
const BEGINNINGS: readonly (readonly [type: string, beginning: RegExp])[] = [
  ["image/png", /^\x89PNG\r\n/],
  ["image/jpeg", /^\xFF\xD8\xFF/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
  ["image/avif", /^[^]{4}ftypavi[fs]/],
  ["image/bmp", /^BM[^]{4}\0\0\0\0/],
  ["image/x-icon", /^\0\0[^\0]\0[^\0]\0/],
];

/**
 * The most bytes of all inlined images of a mail, so that one picture that is used a thousand times does not fill the
 * memory.
 */
const MOST_BYTES = 24 * 1024 * 1024;

/** The base of a mail without a `Content-Location` (RFC 2557). */
const NOWHERE = "thismessage:/";

/** In place of a URL that is too long for what is left of that. */
export const TOO_LARGE = "";

/**
 * Gives a `data:` URL for what came with the mail or is a harmless `data:` address, or `TOO_LARGE`; undefined for any
 * other.
 */
export type ResolvePicture = (address: string) => string | undefined;

/** Turns the addresses of pictures that came with a mail into `data:` urls. */
export class InlineImages {
  readonly #images: readonly InlineImage[];
  readonly #all: ReadonlyMap<string, number>;
  /** By range, as many pages may have the same. */
  readonly #ranges = new Map<string, ReadonlyMap<string, number>>();
  readonly #urls = new Map<number, string>();
  readonly #shown = new Set<number>();
  readonly #base: string;
  readonly #hasPlaces: boolean;
  #left = MOST_BYTES;

  /** @param base the `Content-Location` of the html, if it has one. */
  constructor(images: readonly InlineImage[], base?: string) {
    this.#images = images;
    this.#base = absolute(base ?? "", NOWHERE) ?? NOWHERE;
    this.#hasPlaces = images.some(({ location }) => location !== undefined);
    this.#all = this.#named(0, images.length);
  }

  /**
   * The resolver of one page: of two pictures with the same name it takes the one that came with the page, or else the
   * first, as a mail within the mail comes later.
   *
   * @param from where in the list those begin that came with it.
   * @param to where they end.
   */
  resolver(from = 0, to = this.#images.length): ResolvePicture {
    const range = `${from}-${to}`;
    const own = this.#ranges.get(range) ?? this.#named(from, to);
    this.#ranges.set(range, own);
    return (address) => this.#resolve(address, [own, this.#all]);
  }

  /** Whether the image at this index was asked for, and could be shown. */
  wasShown(index: number): boolean {
    return this.#shown.has(index);
  }

  /** Each image by its names: an id wins over a file name, and the first of two images wins. */
  #named(from: number, to: number): ReadonlyMap<string, number> {
    const named = new Map<string, number>();
    const backwards = [...this.#images.slice(from, to).entries()].toReversed();
    for (const [index, { name }] of backwards) if (name) named.set(byId(name), from + index);
    for (const [index, { contentId, sentId, location }] of backwards) {
      for (const id of [contentId, sentId]) if (id !== undefined) named.set(byId(id), from + index);
      const place = location === undefined ? undefined : absolute(location, this.#base);
      if (place !== undefined) named.set(byPlace(place), from + index);
    }
    return named;
  }

  #resolve(address: string, places: readonly ReadonlyMap<string, number>[]): string | undefined {
    const data = BITMAP_DATA.exec(address);
    if (data !== null)
      return this.#fitting(`data:${data[1]?.toLowerCase()}${address.slice(data[0].length - 1)}`);
    const names = this.#namesIn(address);
    const index = places.flatMap((named) => names.map((name) => named.get(name))).find(isFound);
    const url = index === undefined ? undefined : this.#ofPart(index);
    if (index === undefined || url === undefined) return undefined;
    const fitting = this.#fitting(url);
    if (fitting !== TOO_LARGE) this.#shown.add(index);
    return fitting;
  }

  #fitting(url: string): string {
    if (url.length > this.#left) return TOO_LARGE;
    this.#left -= url.length;
    return url;
  }

  #ofPart(index: number): string | undefined {
    const known = this.#urls.get(index);
    if (known !== undefined) return known;
    const image = this.#images[index];
    const type = image && bitmapType(image);
    if (image === undefined || type === undefined) return undefined;
    const url = `data:${type};base64,${Buffer.from(image.content).toString("base64")}`;
    this.#urls.set(index, url);
    return url;
  }

  /** The names that an address may mean, the likeliest first. */
  #namesIn(address: string): string[] {
    const id = /^cid:/i.test(address) ? address.slice(4) : undefined;
    const names = id === undefined ? [] : [byId(decode(id)), byId(id)];
    const isPlace = this.#hasPlaces && address.trim() !== "";
    const place = isPlace ? absolute(address, this.#base) : undefined;
    return place === undefined ? names : [...names, byPlace(place)];
  }
}

const byId = (contentId: string) => `id ${bareId(contentId)}`;
const byPlace = (place: string) => `at ${place}`;
const isFound = (index: number | undefined) => index !== undefined;

function bitmapType({ mimeType, content }: InlineImage): string | undefined {
  if (/svg|xml|html/.test(mimeType)) return undefined;
  const start = Buffer.from(content.subarray(0, 16)).toString("latin1");
  const seen = BEGINNINGS.find(([, beginning]) => beginning.test(start))?.[0];
  return seen ?? (BITMAP.test(mimeType) ? mimeType : undefined);
}

/** A longer address is no picture's. */
const MOST_ADDRESS = 2000;

function absolute(address: string, base: string): string | undefined {
  if (address.length > MOST_ADDRESS) return undefined;
  // A long address is folded, and blanks in it mean nothing (RFC 2557, section 4.4.1).
  const bare = address.replaceAll(/\s+/g, "").replaceAll(/^["<]|[">]$/g, "");
  return URL.canParse(bare, base) ? new URL(bare, base).href : undefined;
}

/** For comparing content ids: without brackets and, as in mail programs, without regard to case. */
function bareId(contentId: string): string {
  return contentId
    .slice(0, 500)
    .trim()
    .replaceAll(/^["'<\s]+|(?<![>"'\s])[>"'\s]+$/g, "")
    .toLowerCase();
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
