/** A body as the service sends it, with `count` archives. */
export function listOf(count: number): string {
  return JSON.stringify(
    Array.from({ length: count }, (_, i) => ({
      id: `43fb9527-e5b2-4bcd-8dfd-${String(i).padStart(12, "0")}`,
      action: "00000A",
      target: "000T123",
      sendingDate: "2026-02-05T09:27:58.67Z",
      url: `https://mcom032.blob.core.windows.net/mcom032/4f54ed5e-f0f3-4a3a-9ce9-${String(i).padStart(12, "0")}.eml?sv=2020-02-10&st=2024-04-03T15%3A12%3A02Z&se=2024-05-05T15%3A12%3A02Z&sr=b&sp=r&sig=hnGaHP7EM8sml4WJtidaYKSr4SsRNQ8gDRtrazRFrRE%3D`,
      expiresOn: "2026-03-09T09:27:58.67Z",
    })),
  );
}
