import { expect, test } from "vitest";
import { redactText, redactUrl } from "../src/redact.ts";

test.each([
  ["https://a.example/b.eml?sv=1&sig=planted%3D&se=2", "a link"],
  [
    "https://b.example/?to=https%3A%2F%2Fa.example%2Fb.eml%3Fsig%3Dplanted%253D%26se%3D2",
    "a link in a URL",
  ],
  [
    "/go?to=https%253A%252F%252Fa.example%252Fb.eml%253Fsig%253Dplanted",
    "a link in a URL in a URL",
  ],
])("%s is shown without its signature (%s)", (url) => {
  expect(redactUrl(url)).not.toContain("planted");
  expect(redactText(`see ${url}`, "the-key-of-the-test")).not.toContain("planted");
});
