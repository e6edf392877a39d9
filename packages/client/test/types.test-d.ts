import type { MailArchive as ContractArchive } from "@np6-archives/spec";
import { expectTypeOf, test } from "vitest";
import { ArchivesClient, linkState, RateLimitError } from "../src/index.ts";
import type { ApiPromise, MailArchive, MailContent, RateLimit } from "../src/index.ts";
import { saveMail } from "../src/node.ts";

declare const client: ArchivesClient;
declare const archive: MailArchive;
declare const error: unknown;

test("results are typed by the contract, without generics", () => {
  expectTypeOf<MailArchive>().toEqualTypeOf<ContractArchive>();
  expectTypeOf(client.listByTarget("a")).toEqualTypeOf<ApiPromise<MailArchive[]>>();
  expectTypeOf(client.listByActionAndTarget("a", "b")).resolves.toEqualTypeOf<MailArchive[]>();
  expectTypeOf(client.listByStamp("a").withResponse()).resolves.toEqualTypeOf<{
    data: MailArchive[];
    response: Response;
    requestId: string | undefined;
    rateLimit: RateLimit | undefined;
  }>();
  expectTypeOf(client.listByStamp("a").asResponse()).resolves.toEqualTypeOf<Response>();
  expectTypeOf(
    client.download(archive, { refresh: false, maxBytes: 1 }),
  ).resolves.toEqualTypeOf<MailContent>();
  expectTypeOf<MailContent["body"]>().toEqualTypeOf<ReadableStream<Uint8Array>>();
  expectTypeOf(linkState(archive)).toEqualTypeOf<"usable" | "blank" | "expired">();
  expectTypeOf(saveMail(client, archive, "a.eml")).resolves.toEqualTypeOf<{
    path: string;
    bytes: number;
    sha256: string;
  }>();
  const raw = client.raw.GET("/targets/{id}/archives", { params: { path: { id: "a" } } });
  expectTypeOf(raw).resolves.toHaveProperty("data").toEqualTypeOf<MailArchive[] | undefined>();
  if (error instanceof RateLimitError) {
    expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>();
    expectTypeOf(error.status).toEqualTypeOf<number>();
  }
});

test("what a caller may leave out or set to undefined compiles", () => {
  const { signal } = new AbortController();
  void client.listByTarget("a", null, { signal, timeout: undefined });
  void client.listByTarget("a", { startDate: new Date(), endDate: null });
  void new ArchivesClient({ apiKey: process.env["NP6_API_KEY"], fetch });
});

test("what is wrong does not compile", () => {
  // @ts-expect-error An id is a string.
  void client.listByTarget(123);
  // @ts-expect-error A target is needed.
  void client.listByActionAndTarget("00000A");
  // @ts-expect-error A range is an object.
  void client.listByTarget("a", "2026-02-01");
  // @ts-expect-error A date is no number.
  void client.listByTarget("a", { startDate: 1_770_000_000 });
  // @ts-expect-error There is no such property.
  void client.listByTarget("a", { from: new Date() });
  // @ts-expect-error Options come third, after the range.
  void client.listByTarget("a", { signal: AbortSignal.timeout(1) });
  // @ts-expect-error A stamp has no range.
  void client.listByStamp("a", { startDate: new Date() });
  // @ts-expect-error A download takes an archive, not a link.
  void client.download("https://a.example/b.eml");
  // @ts-expect-error There is no such operation in the contract.
  void client.raw.GET("/actions/archives");
  // @ts-expect-error The contract's operations only read.
  void client.raw.POST("/targets/{id}/archives", { params: { path: { id: "a" } } });
  // @ts-expect-error A timeout is a number of milliseconds.
  void new ArchivesClient({ timeout: "30s" });
  // @ts-expect-error There is no such option.
  void new ArchivesClient({ key: "a" });
  // @ts-expect-error There is no such level.
  void new ArchivesClient({ logLevel: "verbose" });
  // @ts-expect-error Properties that the contract does not know are not offered.
  void archive.subject;
});
