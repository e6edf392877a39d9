import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as client from "../src/index.ts";
import { clientThrough, emptyList, scriptedFetch } from "./scripted-fetch.ts";

type Client = Omit<typeof client, "ArchivesClient">;

/** The built package, other copies of it, and its CommonJS form. */
const copies = new Map<string, Client>();
let folder: string;

beforeAll(async () => {
  const built = join(import.meta.dirname, "..");
  // Within the package, so that its dependencies resolve; in `dist`, which git and the linters ignore.
  await mkdir(join(import.meta.dirname, "dist"), { recursive: true });
  folder = await mkdtemp(join(import.meta.dirname, "dist/copy-"));
  for (const each of ["dist", "src"]) {
    await cp(join(built, each), join(folder, each), { recursive: true });
  }
  await cp(join(built, "package.json"), join(folder, "package.json"));
  await symlink(join(built, "node_modules"), join(folder, "node_modules"), "junction");
  copies.set("its sources", client);
  copies.set("the built modules", await import("@np6-archives/client"));
  copies.set("a second copy", await import(pathToFileURL(join(folder, "dist/index.js")).href));
  copies.set("require()", createRequire(import.meta.url)("@np6-archives/client"));
});
afterAll(() => rm(folder, { recursive: true }));

const ERRORS = Object.keys(client).filter((name) => name.endsWith("Error")) as (keyof Client)[];

/** An error of the named class, made by another copy. */
function made(copy: Client, name: keyof Client): Error {
  const ErrorClass = copy[name] as unknown as new (message: string, details: object) => Error;
  return new ErrorClass("a", { status: 404, headers: new Headers(), issues: [] });
}

test("the copies really have classes of their own", () => {
  expect(new Set([...copies.values()].map(({ NotFoundError }) => NotFoundError)).size).toBe(4);
  expect(ERRORS).toHaveLength(17);
});

test.each(ERRORS)(
  "%s of one copy is an instance of that class and its bases in every copy",
  (name) => {
    for (const one of copies.values()) {
      const error = made(one, name);
      expect(error).toBeInstanceOf(Error);
      for (const other of copies.values()) {
        const recognised = ERRORS.filter((each) => error instanceof (other[each] as never));
        const own = ERRORS.filter((each) => {
          const { prototype } = one[each] as unknown as { prototype: object };
          return Object.prototype.isPrototypeOf.call(prototype, error);
        });
        expect(recognised).toEqual(own);
        expect(recognised).toContain(name);
      }
    }
  },
);

test("`instanceof` works as usual for a class of the caller's own, and for its base in every copy", () => {
  class OwnError extends client.NotFoundError {}
  const own = made({ ...client, NotFoundError: OwnError }, "NotFoundError");
  for (const { NotFoundError, ApiError, ConflictError } of copies.values()) {
    expect(own instanceof NotFoundError).toBe(true);
    expect(own instanceof ApiError).toBe(true);
    expect(own instanceof ConflictError).toBe(false);
    expect(made(client, "NotFoundError") instanceof OwnError).toBe(false);
  }
  expect(own instanceof OwnError).toBe(true);
});

test.each([
  Object.assign(new Error("a"), { name: "NotFoundError" }),
  { name: "NotFoundError", status: 404 },
  null,
  undefined,
  "NotFoundError",
])("what only shares a name is no instance: %j", (foreign) => {
  expect(foreign instanceof client.NotFoundError).toBe(false);
  expect(foreign instanceof client.ArchivesError).toBe(false);
});

const realm = (code: string) => runInNewContext(code) as Date;

test("a Date of another realm is accepted as a Date", async () => {
  const fetch = scriptedFetch(emptyList);
  const startDate = realm("new Date(Date.UTC(2026, 1, 5))");
  await clientThrough(fetch).listByTarget("a", { startDate });
  expect(fetch.calls[0]?.url).toMatch(/\?startDate=2026-02-05T00%3A00%3A00\.000Z$/);
  const never = clientThrough(fetch).listByTarget("a", { startDate: realm("new Date(NaN)") });
  await expect(never).rejects.toThrow("got an invalid Date.");
  const noRange = clientThrough(fetch).listByTarget("a", startDate as never);
  await expect(noRange).rejects.toHaveProperty("argument", "range");
  expect(client.linkState({ url: "https://a.example", expiresOn: "2026-02-04" }, startDate)).toBe(
    "expired",
  );
});

test.each<[string, (own: client.ArchivesClient) => Promise<unknown>]>([
  ["target", (own) => own.listByTarget("..")],
  ["action", (own) => own.listByActionAndTarget("", "a")],
  ["target", (own) => own.listByActionAndTarget("a", " ")],
  ["stamp", (own) => own.listByStamp(7 as never)],
  ["startDate", (own) => own.listByTarget("a", { startDate: "tomorrow" })],
  ["endDate", (own) => own.listByActionAndTarget("a", "b", { endDate: new Date(Number.NaN) })],
  ["startDate", (own) => own.listByTarget("a", { startDate: "2026-02-02", endDate: "2026-02-01" })],
  ["range", (own) => own.listByTarget("a", "2026-02-02" as never)],
])("a bad %s is an InputError that names it, and a TypeError", async (argument, call) => {
  const fetch = scriptedFetch(emptyList);
  const error = await call(clientThrough(fetch)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(client.InputError);
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ name: "InputError", argument });
  expect((error as Error).message).toMatch(new RegExp(`^${argument}: expected .+, got .+\\.$`));
  expect(fetch.calls).toHaveLength(0);
});

test("misuse of the library is a plain TypeError", async () => {
  const own = clientThrough(scriptedFetch(emptyList));
  for (const call of [
    () => own.listByTarget("a", null, { timeout: -1 }),
    () => own.download(null as never),
    async () => new client.ArchivesClient({ apiKey: "" }),
  ]) {
    const error = await call().then(
      () => expect.unreachable("it should have failed"),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(error).not.toBeInstanceOf(client.InputError);
  }
});
