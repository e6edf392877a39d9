import type { Context, MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

const EVERYWHERE = {
  referrerPolicy: "no-referrer",
  xFrameOptions: "DENY",
  crossOriginResourcePolicy: "same-origin",
  crossOriginOpenerPolicy: "same-origin",
  originAgentCluster: false,
  // Whether there is TLS in front is for the proxy to know.
  strictTransportSecurity: false,
  xDnsPrefetchControl: "off",
} as const;

const NONE = ["'none'"];
const SELF = ["'self'"];

/** For our own pages: nothing inline, nothing from elsewhere, in nobody's frame. */
const forPages = secureHeaders({
  ...EVERYWHERE,
  contentSecurityPolicy: {
    defaultSrc: NONE,
    scriptSrc: SELF,
    styleSrc: SELF,
    imgSrc: SELF,
    connectSrc: SELF,
    frameSrc: SELF,
    formAction: SELF,
    baseUri: NONE,
    frameAncestors: NONE,
  },
  permissionsPolicy: { camera: false, geolocation: false, microphone: false, payment: false },
});

/** For a mail, and whatever came with it: it may do nothing but show itself. */
const MAIL_POLICY =
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const forMails = secureHeaders({ ...EVERYWHERE, xFrameOptions: "SAMEORIGIN" });

/** Puts the security headers on every answer: those of a page, or of a mail where {@link servesMail} said so. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  if (mailAnswers.has(c)) {
    await forMails(c, done);
    c.header("Content-Security-Policy", MAIL_POLICY);
  } else {
    await forPages(c, done);
  }
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
};

const done = () => Promise.resolve();

const mailAnswers = new WeakSet<Context>();

/** To be called by whatever answers with content from a mail. */
export function servesMail(c: Context): void {
  mailAnswers.add(c);
}
