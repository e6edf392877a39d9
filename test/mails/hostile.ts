/** A way in which a mail's html could reach another machine. */
export interface Hostile {
  readonly name: string;
  readonly html: string;
  /** What triggers it in Chromium without protection; undefined if this Chromium does not do it. */
  readonly fires: "opening" | "clicking" | undefined;
  /** Whether the viewer counts it among the blocked items. */
  readonly counted?: boolean;
}

/** Every way that we know, each pointing at `origin`. */
export function hostileHtml(origin: string): Hostile[] {
  const at = (path: string) => `${origin}/${path}`;
  const opening = { fires: "opening", counted: true } as const;
  const quietly = { fires: "opening" } as const;
  const clicking = { fires: "clicking" } as const;
  return [
    { name: "image", html: `<img src="${at("img")}">`, ...opening },
    {
      name: "image without a scheme",
      html: `<img src="${at("bare").replace("http:", "")}">`,
      ...opening,
    },
    {
      name: "image with broken spelling",
      html: `<IMG/SRC=\n"h\nttp:\\\\${origin.slice(7)}/spelling"/x=>`,
      ...opening,
    },
    { name: "tracking pixel", html: `<img src="${at("pixel")}" width="1" height="1">`, ...opening },
    { name: "srcset", html: `<img srcset="${at("set")} 1x, ${at("set2")} 2x">`, ...opening },
    {
      name: "picture",
      html: `<picture><source srcset="${at("source")}"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></picture>`,
      ...opening,
    },
    {
      name: "background attribute",
      html: `<table background="${at("bg")}"><tr><td>x</table>`,
      ...opening,
    },
    { name: "body background", html: `<body background="${at("bodybg")}">x`, ...opening },
    {
      name: "css url in a style tag",
      html: `<style>p{background:url(${at("css")})}</style><p>x</p>`,
      ...opening,
    },
    {
      name: "css url spelled with escapes",
      html: `<style>p{background:\\75\\72\\6c("${at("escaped")}")}</style><p>x</p>`,
      ...opening,
    },
    {
      name: "css url that escapes hide until a scheme is answered",
      html: `<style>p{background:url\\28 ${at("hidden").replaceAll(":", "\\3a ").replaceAll("/", "\\2f ").replaceAll(".", "\\2e ")}\\29 ;--y:(prefers-color-scheme:dark)}</style><p>x</p>`,
      fires: undefined,
    },
    {
      name: "css url in an attribute",
      html: `<p style="background:url('${at("attr")}')">x</p>`,
      ...opening,
    },
    {
      name: "css variable",
      html: `<style>:root{--u:url(${at("var")})}p{background:var(--u)}</style><p>x</p>`,
      ...opening,
    },
    {
      name: "css image-set of a string",
      html: `<p style='background:image-set("${at("imageset")}" 1x)'>x</p>`,
      ...opening,
    },
    {
      name: "css content",
      html: `<style>p::before{content:url(${at("content")})}</style><p>x</p>`,
      ...opening,
    },
    {
      name: "css cursor, list and border",
      html: `<ul style="list-style:url(${at("list")})"><li>x</ul>`,
      ...opening,
    },
    { name: "@import", html: `<style>@import "${at("import")}";</style>`, ...opening },
    {
      name: "@import url with a media query",
      html: `<style>@import url(${at("import2")}) all;</style>`,
      ...opening,
    },
    {
      name: "font",
      html: `<style>@font-face{font-family:f;src:url(${at("font")})}p{font-family:f}</style><p>x</p>`,
      ...opening,
    },
    { name: "style sheet", html: `<link rel="stylesheet" href="${at("sheet")}">`, ...opening },
    { name: "prefetch", html: `<link rel="prefetch" href="${at("prefetch")}">`, ...opening },
    {
      name: "preload",
      html: `<link rel="preload" as="image" href="${at("preload")}">`,
      ...opening,
    },
    {
      name: "dns-prefetch",
      html: `<link rel="dns-prefetch" href="${at("")}">`,
      fires: undefined,
      counted: true,
    },
    {
      name: "preconnect",
      html: `<link rel="preconnect" href="${at("")}">`,
      fires: undefined,
      counted: true,
    },
    {
      name: "icon",
      html: `<link rel="icon" href="${at("icon")}">`,
      fires: undefined,
      counted: true,
    },
    { name: "video poster", html: `<video poster="${at("poster")}"></video>`, ...opening },
    { name: "video", html: `<video src="${at("video")}" autoplay muted></video>`, ...opening },
    { name: "audio", html: `<audio><source src="${at("audio")}"></audio>`, ...opening },
    {
      name: "track",
      html: `<video autoplay><track default src="${at("track")}"></video>`,
      fires: undefined,
      counted: true,
    },
    {
      name: "svg image",
      html: `<svg><image href="${at("svgimage")}" width="9" height="9"/></svg>`,
      ...opening,
    },
    {
      name: "svg use",
      html: `<svg><use xlink:href="${at("use")}#a"/></svg>`,
      fires: undefined,
      counted: true,
    },
    {
      name: "svg filter",
      html: `<svg><filter id="f"><feImage href="${at("feimage")}"/></filter></svg>`,
      ...opening,
    },
    {
      name: "svg style",
      html: `<svg><style>svg{background:url(${at("svgstyle")})}</style></svg>`,
      ...opening,
    },
    {
      name: "svg script",
      html: `<svg><script href="${at("svgscript")}"></script></svg>`,
      ...opening,
    },
    { name: "object", html: `<object data="${at("object")}"></object>`, ...opening },
    { name: "embed", html: `<embed src="${at("embed")}">`, ...opening },
    { name: "iframe", html: `<iframe src="${at("iframe")}"></iframe>`, ...opening },
    {
      name: "iframe srcdoc",
      html: `<iframe srcdoc="<img src='${at("srcdoc")}'>"></iframe>`,
      ...quietly,
    },
    { name: "frameset", html: `<frameset><frame src="${at("frame")}"></frameset>`, ...opening },
    {
      name: "meta refresh",
      html: `<meta http-equiv="refresh" content="0;url=${at("refresh")}">`,
      ...opening,
    },
    { name: "base", html: `<base href="${at("base/")}"><img src="relative">`, ...quietly },
    { name: "script", html: `<script src="${at("script")}"></script>`, ...opening },
    { name: "inline script", html: `<script>fetch("${at("inline")}")</script>`, ...quietly },
    {
      name: "event handler",
      html: `<img src="data:," onerror="fetch('${at("onerror")}')">`,
      ...quietly,
    },
    {
      name: "event handler in svg",
      html: `<svg onload="fetch('${at("svgonload")}')"></svg>`,
      ...quietly,
    },
    {
      name: "details toggle",
      html: `<details open ontoggle="fetch('${at("toggle")}')">x</details>`,
      ...quietly,
    },
    {
      name: "noscript",
      html: `<noscript><img src="${at("noscript")}"></noscript>`,
      fires: undefined,
      counted: true,
    },
    {
      name: "noscript trick",
      html: `<noscript><p title="</noscript><img src='${at("noscript2")}'>"></noscript>`,
      ...quietly,
    },
    { name: "comment trick", html: `<!--><img src="${at("comment")}">-->`, ...opening },
    {
      name: "comment trick with a bang",
      html: `<!-- --!><img src="${at("bang")}"> -->`,
      ...opening,
    },
    {
      name: "conditional comment",
      html: `<!--[if mso]><img src="${at("mso")}"><![endif]-->`,
      fires: undefined,
    },
    {
      name: "style trick",
      html: `<style><!--</style><img src="${at("style")}">--></style>`,
      ...opening,
    },
    {
      name: "title trick",
      html: `<title><!--</title><img src="${at("title")}">--></title>`,
      ...opening,
    },
    {
      name: "MathML",
      html: `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src='${at("math")}'&gt;">`,
      fires: undefined,
    },
    {
      name: "MathML with a form",
      html: `<form><math><mtext></form><form><mglyph><style></math><img src="${at("math2")}">`,
      fires: undefined,
    },
    {
      name: "template",
      html: `<template><img src="${at("template")}"></template>`,
      fires: undefined,
    },
    { name: "input image", html: `<input type="image" src="${at("input")}">`, ...opening },
    { name: "link", html: `<a href="${at("link")}">Read</a>`, ...clicking },
    {
      name: "link to a new window",
      html: `<a href="${at("blank")}" target="_blank">Read</a>`,
      ...clicking,
    },
    { name: "link to the top", html: `<a href="${at("top")}" target="_top">Read</a>`, ...clicking },
    {
      name: "link with a ping",
      html: `<a href="#here" ping="${at("ping")}">Read</a>`,
      ...clicking,
    },
    {
      name: "javascript link",
      html: `<a href="java&#x09;script:fetch('${at("javascript")}')">Read</a>`,
      ...clicking,
    },
    {
      name: "data link",
      html: `<a href="data:text/html,<img src=${at("data")}>">Read</a>`,
      fires: undefined,
    },
    {
      name: "image map",
      html: `<img usemap="#m" src="data:," width="200" height="90"><map name="m"><area href="${at("area")}" coords="0,0,200,90" shape="rect"></map>`,
      ...clicking,
    },
    {
      name: "form",
      html: `<form action="${at("form")}"><button>Send</button></form>`,
      ...clicking,
    },
    {
      name: "form target of a button",
      html: `<form><button formaction="${at("formaction")}">Send</button></form>`,
      ...clicking,
    },
    {
      name: "svg link",
      html: `<svg width="90" height="40"><a xlink:href="${at("svglink")}"><text y="20">Read</text></a></svg>`,
      ...clicking,
    },
  ];
}

/** A mail with the html, and with addresses in its text and headers, too. */
export function hostileMail({ name, html }: Hostile, origin: string): string {
  return [
    "From: Shop <shop@example.com>",
    "To: Ada <ada@example.com>",
    `Subject: ${name}`,
    "Date: Thu, 05 Feb 2026 09:27:58 +0000",
    `List-Unsubscribe: <${origin}/unsubscribe>, <mailto:unsubscribe@example.com>`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="outer"',
    "",
    "--outer",
    'Content-Type: multipart/alternative; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain; charset=utf-8",
    "",
    `Read on: ${origin}/text`,
    "--b",
    "Content-Type: text/html; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    Buffer.from(html).toString("base64"),
    "--b--",
    "--outer",
    "Content-Type: image/svg+xml",
    'Content-Disposition: attachment; filename="a.svg"',
    "",
    `<svg xmlns="http://www.w3.org/2000/svg"><image href="${origin}/attached.svg"/></svg>`,
    "--outer",
    "Content-Type: text/html",
    'Content-Disposition: attachment; filename="a.html"',
    "",
    `<img src="${origin}/attached.html">`,
    "--outer--",
    "",
  ].join("\r\n");
}
