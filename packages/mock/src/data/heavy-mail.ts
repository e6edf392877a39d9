import type { Mail } from "./mail.ts";

const ATTACHMENT_BYTES = 10_000_000;

/** A mail with an attachment of 10 MB. It is made when it is first opened, so that it takes no memory until then. */
export function heavyMail(): Mail {
  let made: Buffer | undefined;
  return {
    name: "ten-megabytes.eml",
    heavy: true,
    read: () => Promise.resolve((made ??= make())),
  };
}

function make(): Buffer {
  const attachment = Buffer.alloc(ATTACHMENT_BYTES);
  // A linear congruential generator: bytes that no compression shrinks, the same ones each time.
  let state = 8;
  for (let at = 0; at < ATTACHMENT_BYTES; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    attachment.writeUInt32LE(state, at);
  }
  const encoded = attachment.toString("base64").replace(/.{76}/g, "$&\r\n");
  const head = [
    "From: Catalogue <catalogue@example.com>",
    "To: Ada Reader <ada@example.com>",
    "Subject: Our catalogue, ten megabytes of it",
    "Date: Mon, 02 Feb 2026 09:00:00 +0100",
    "Message-ID: <ten-megabytes@example.com>",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="heavy"',
    "",
    "--heavy",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "The catalogue is attached.",
    "--heavy",
    'Content-Type: application/pdf; name="catalogue.pdf"',
    'Content-Disposition: attachment; filename="catalogue.pdf"',
    "Content-Transfer-Encoding: base64",
    "",
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n${encoded}\r\n--heavy--\r\n`, "latin1");
}
