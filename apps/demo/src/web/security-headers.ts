import type { Context, MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

const EVERYWHERE = {
  referrerPolicy: "no-referrer",
  xFrameOptions: "DENY",
  crossOriginResourcePolicy: "same-origin",
  crossOriginOpenerPolicy: "same-origin",
  originAgentCluster: false,
  // Only a proxy in front knows whether there is TLS.
  strictTransportSecurity: false,
  xDnsPrefetchControl: "off",
} as const;

const NONE = ["'none'"];
const SELF = ["'self'"];

/** For our own pages: nothing inline, nothing from elsewhere, not framed by anybody. */
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

/** For a mail and its files: it may only be displayed. */
const MAIL_POLICY =
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const forMails = secureHeaders({ ...EVERYWHERE, xFrameOptions: "SAMEORIGIN" });

/** Sets the security headers of every answer: those of a page, or of a mail after {@link servesMail}. */
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

/** To be called for every answer with content of a mail. */
export function servesMail(c: Context): void {
  mailAnswers.add(c);
}
