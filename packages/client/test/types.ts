// Checked by the compiler alone, with `typecheck`: each line below a @ts-expect-error must not compile.
import type { MailArchive as ContractArchive } from "@np6-archives/spec";
import { ArchivesClient, linkState, RateLimitError } from "../src/index.ts";
import type { ApiPromise, MailArchive, MailContent, RateLimit } from "../src/index.ts";
import { saveMail } from "../src/node.ts";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Never called. */
export async function types(client: ArchivesClient, archive: MailArchive): Promise<void> {
  const same: Same<MailArchive, ContractArchive> = true;
  const call: ApiPromise<MailArchive[]> = client.listByTarget("000T123");
  const archives: MailArchive[] = await call;
  const limit: RateLimit | undefined = (await call.withResponse()).rateLimit;
  const mail: MailContent = await client.download(archive, { refresh: false, maxBytes: 1e6 });
  const size: number | undefined = mail.size;
  const state: "usable" | "blank" | "expired" = linkState(archive);
  const saved: { path: string; bytes: number; sha256: string } = await saveMail(
    client,
    archive,
    "a.eml",
  );
  const { data } = await client.raw.GET("/targets/{id}/archives", {
    params: { path: { id: "a" } },
  });
  const fromRaw: MailArchive[] | undefined = data;
  const wait = (error: unknown) => (error instanceof RateLimitError ? error.retryAfter : undefined);
  await client.listByTarget(
    "a",
    { startDate: new Date(), endDate: null },
    { signal: AbortSignal.timeout(1) },
  );
  void [same, archives, limit, size, state, saved, fromRaw, wait];

  // @ts-expect-error An id is a text.
  await client.listByTarget(123);
  // @ts-expect-error A target is needed.
  await client.listByActionAndTarget("00000A");
  // @ts-expect-error A range is no text.
  await client.listByTarget("a", "2026-02-01");
  // @ts-expect-error A date is no number.
  await client.listByTarget("a", { startDate: 1_770_000_000 });
  // @ts-expect-error There is no such date.
  await client.listByTarget("a", { from: new Date() });
  // @ts-expect-error Options come third, after the range.
  await client.listByTarget("a", { signal: AbortSignal.timeout(1) });
  // @ts-expect-error A stamp has no range.
  await client.listByStamp("a", { startDate: new Date() });
  // @ts-expect-error A download takes an archive, no link.
  await client.download("https://a.example/b.eml");
  // @ts-expect-error There is no such operation in the contract.
  await client.raw.GET("/actions/archives");
  // @ts-expect-error The contract's operations only read.
  await client.raw.POST("/targets/{id}/archives", { params: { path: { id: "a" } } });
  // @ts-expect-error A timeout is a number of milliseconds.
  void new ArchivesClient({ timeout: "30s" });
  // @ts-expect-error There is no such option.
  void new ArchivesClient({ key: "a" });
  // @ts-expect-error There is no such level.
  void new ArchivesClient({ logLevel: "verbose" });
  // @ts-expect-error The data are archives.
  const texts: string[] = await call;
  // @ts-expect-error Properties that the contract does not know are not offered.
  void archives[0]?.subject;
  // @ts-expect-error A list may be empty.
  void archives[0].url;
  void texts;
}
