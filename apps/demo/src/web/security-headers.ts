import type { Context, MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

const everywhere = {
  referrerPolicy: "no-referrer",
  xFrameOptions: "DENY",
  crossOriginResourcePolicy: "same-origin",
  crossOriginOpenerPolicy: "same-origin",
  originAgentCluster: false,
  // Whether there is TLS in front is for the proxy to know.
  strictTransportSecurity: false,
  xDnsPrefetchControl: "off",
} as const;

const none = ["'none'"];
const self = ["'self'"];

/** For our own pages: nothing inline, nothing from elsewhere, in nobody's frame. */
const forPages = secureHeaders({
  ...everywhere,
  contentSecurityPolicy: {
    defaultSrc: none,
    scriptSrc: self,
    styleSrc: self,
    imgSrc: self,
    connectSrc: self,
    frameSrc: self,
    formAction: self,
    baseUri: none,
    frameAncestors: none,
  },
  permissionsPolicy: { camera: false, geolocation: false, microphone: false, payment: false },
});

/** For a mail, and whatever came with it: it may do nothing but show itself. */
const MAIL_POLICY =
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const forMails = secureHeaders({ ...everywhere, xFrameOptions: "SAMEORIGIN" });

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
