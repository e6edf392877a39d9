/** A part of a mail: header lines, and a body. */
export interface Part {
  readonly headers: readonly string[];
  readonly body: string | Uint8Array;
}

const encoder = new TextEncoder();

/** The source of a mail with the given parts, or with a single body. The lines added here end in CRLF. */
export function mailSource(
  subject: string,
  content: Part | readonly Part[],
  kind = "mixed",
): Uint8Array {
  const heading = [
    "From: Shop <shop@example.com>",
    "To: Ada <ada@example.com>",
    `Subject: ${subject}`,
    "Date: Thu, 05 Feb 2026 09:27:58 +0000",
    "MIME-Version: 1.0",
  ];
  if (!("length" in content)) return join([...heading, ...content.headers], content.body);
  const chunks = [...heading, `Content-Type: multipart/${kind}; boundary="edge"`, "", ""].join(
    "\r\n",
  );
  const parts = content.flatMap(({ headers, body }) => [
    encoder.encode("--edge\r\n"),
    join(headers, body),
    encoder.encode("\r\n"),
  ]);
  return Buffer.concat([encoder.encode(chunks), ...parts, encoder.encode("--edge--\r\n")]);
}

export function html(body: string): Part {
  return { headers: ["Content-Type: text/html; charset=utf-8"], body };
}

function join(headers: readonly string[], body: string | Uint8Array): Uint8Array {
  return Buffer.concat([
    encoder.encode(`${headers.join("\r\n")}\r\n\r\n`),
    typeof body === "string" ? encoder.encode(body) : body,
  ]);
}
