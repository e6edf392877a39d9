/** Every word that the viewer shows, in English. Other languages have to have the same shape. */
export const en = {
  languageName: "English",
  product: "Mail archives",
  tagline: "See exactly what a customer received.",
  skip: "Skip to the content",
  skipToMails: "Skip to the mails",
  languages: "Language",

  // Finding
  findHeading: "Find a mail",
  findBy: "Find by",
  byTarget: "Target",
  byAction: "Action and target",
  byStamp: "Stamp",
  targetLabel: "Target",
  targetHelp: "The customer’s id, for example 000T123",
  actionLabel: "Action",
  actionHelp: "The id of the sending, for example 00000A",
  stampLabel: "Stamp",
  stampHelp: "The stamp of one sending to one customer, as a sending event carries it",
  fromLabel: "From",
  toLabel: "To",
  datesHelp: "Both days included. Leave empty for everything.",
  datesZone: "Time zone:",
  find: "Find",
  lastDays: (days: number) => `Last ${days} days`,
  idHints: {
    address: "An e-mail address is not an id.",
    letters: "Ids have capital letters.",
    form: "This does not look like an id.",
  },
  searchFor: (id: string) => `Find ${id} instead`,
  isAddress:
    "NP6’s archives know no e-mail addresses. Look the customer’s id up in NP6, or in your own sending events.",
  missing: (field: string) => `${field} is missing. Fill it in and find again.`,
  badDate: (value: string) => `“${value}” is not a date from 1970 on, like 2026-02-05.`,
  datesReversed: "The last day lies before the first. Swap them and find again.",
  tryHeading: "This viewer talks to the mock. Ids to try:",

  // The list
  resultsHeading: "Archived mails",
  resultsPage: (page: string) => `Archived mails, page ${page}`,
  countOf: (first: string, last: string, total: string) => `${first}–${last} of ${total}`,
  sent: "Sent",
  action: "Action",
  target: "Target",
  link: "Link",
  kept: "Kept",
  bag: (target: string) => `All kept mails of ${target}, as a BagIt bag (.zip)`,
  onlyKept: "NP6 gave no list. What is kept is shown all the same.",
  onceKnown: "NP6 no longer knows it. What is kept is shown all the same.",
  linkOpens: "Opens",
  linkUntil: "until",
  linkExpired: "Expired",
  linkBlank: "No link",
  onlyThisAction: (action: string) => `Only action ${action}`,
  pages: "Pages",
  newer: "Newer",
  older: "Older",
  first: "First",
  last: "Last",
  page: "Page",
  ofPages: (pages: string) => `of ${pages}`,
  go: "Go",
  emptyHeading: "The list is empty",
  emptyIntro: "That does not prove that nothing was sent. An empty list can mean:",
  emptyReasons: [
    "nothing was sent to this customer in that time, or by that action;",
    "archiving is not turned on for this account or this action;",
    "the API key’s user has no right to see these archives.",
  ],
  emptyStore: "only kept mails are looked at here, and this one is not kept, or not yet.",
  emptyByDates: "the mail lies outside the dates: try again without them;",

  // One mail
  aroundMail: "Around this mail",
  backToList: "Back to the list",
  newerMail: "Newer mail",
  olderMail: "Older mail",
  details: "Ids and details",
  archiveId: "Archive id",
  messageId: "Message-ID",
  copy: "Copy",
  copied: "Copied",
  copyWhat: (what: string) => `Copy ${what}`,
  attachmentsCount: (count: number, size: string) =>
    `${count} ${count === 1 ? "attachment" : "attachments"}, ${size}`,
  wholeWindow: "Whole window",
  reading: "This mail is still being read…",
  noSubject: "(no subject)",
  from: "From",
  to: "To",
  cc: "Cc",
  replyTo: "Reply to",
  dated: "Dated",
  archive: "Archive",
  shownCopy: "Copy",
  keptCopy: "The one that was kept on",
  otherCopy: "NP6’s own: the one that was kept cannot be read",
  download: "Download .eml",
  print: "Print view",
  tabs: "Views of the mail",
  tabHtml: "Mail",
  tabText: "Text",
  tabHeaders: "Headers",
  tabLinks: "Links",
  tabParts: "Parts",
  tabSource: "Source",
  blocked: (items: number, tracking: number) =>
    `${items} remote ${items === 1 ? "item" : "items"} blocked` +
    (tracking === 0
      ? "."
      : `, ${tracking} ${tracking === 1 ? "looks" : "look"} like a tracking pixel.`),
  blockedSee: "See which",
  nothingBlocked: "Nothing in this mail comes from elsewhere.",
  frameTitle: "The mail as the customer received it",
  noHtml: "This mail has no html part.",
  noText: "This mail has no text to show.",
  textCut: (shown: string) => `The first ${shown} characters. Download the mail for the rest.`,
  headerName: "Header",
  headerValue: "Value",
  linksIntro: "Links are shown, not followed: opening one would count as the customer’s click.",
  linksHeading: "Links",
  noLinks: "This mail has no links.",
  linkText: "Text",
  linkAddress: "Address",
  linkPlace: "Place",
  places: { html: "Mail", text: "Text", header: "Header", form: "Form" },
  unsubscribes: "Unsubscribes",
  blockedHeading: "Blocked remote items",
  kind: "Kind",
  kinds: {
    image: "Image",
    style: "Style sheet",
    font: "Font",
    media: "Sound or film",
    frame: "Frame",
    script: "Script",
    page: "Page to go to",
    other: "Other",
  },
  tracking: "Looks like tracking",
  attachments: "Attachments",
  inline: "In the mail",
  noAttachments: "This mail has no attachments.",
  name: "Name",
  type: "Type",
  size: "Size",
  downloadNamed: (name: string) => `Download ${name}`,
  partsHeading: "Structure",
  charset: "Charset",
  encoding: "Encoding",
  disposition: "Disposition",
  sourceCut: (shown: string, total: string) =>
    `The first ${shown} of ${total}. Download the mail for the rest.`,
  sourceCutOpen: (shown: string) => `The first ${shown}. Download the mail for the rest.`,
  problems: {
    "too-big":
      "This mail is too big to be shown here. Its source is below; download it to read it.",
    "too-slow": "Reading this mail took too long and was stopped. Its source is below.",
    "too-much-memory":
      "Reading this mail took too much memory and was stopped. Its source is below.",
    "too-deep":
      "The parts of this mail lie too deep in each other, or its headers are too large. Its source is below.",
    "too-many-parts": "This mail has too many parts to be shown. Its source is below.",
    unreadable: "This does not read as a mail. Its source is below.",
    "html-too-deep":
      "The html of this mail is nested too deeply to be shown. The other views are complete.",
  },
  notes: {
    charset: "Its charset was not named, or is not the one that it names, and had to be guessed.",
    boundary: "A boundary between its parts is missing or misplaced: it may be cut off.",
    encoding: "The transfer encoding of a part is unknown, or does not fit what was sent.",
    header: "Its header is missing or broken.",
    "left-out": "Not everything in it is shown here: see its parts and its source.",
  },

  // Failures
  whatToDo: "What to do:",
  requestId: "Request id",
  requestIdHelp: "Quote it to NP6 support.",
  status: "Status",
  tryAgain: "Try again",
  tryAgainAfter: "Try again after",
  failures: {
    "bad-request": {
      title: "NP6 did not accept this search",
      advice: "Check what you filled in: some of it has a form that the service does not take.",
    },
    authentication: {
      title: "NP6 does not accept the API key",
      advice:
        "The key of this viewer is wrong or was withdrawn. Whoever runs the viewer must give it a valid one.",
    },
    "permission-denied": {
      title: "The API key may not see these archives",
      advice: "Ask whoever runs your NP6 account to give the key’s user the right to read them.",
    },
    "not-found": {
      title: "NP6 knows no such id",
      advice: "Check the id: it may be misspelled, or belong to another account.",
    },
    conflict: {
      title: "NP6 could not answer this search now",
      advice: "The service reports a conflict. Try again in a moment.",
    },
    unprocessable: {
      title: "NP6 could not make sense of this search",
      advice: "Check what you filled in.",
    },
    "rate-limit": {
      title: "Too many requests",
      advice: "NP6 limits how often it may be asked.",
    },
    server: {
      title: "NP6 has a problem",
      advice: "The service failed, also when it was asked again. Try again in a few minutes.",
    },
    api: {
      title: "NP6 refused this search",
      advice:
        "The answer is one that this viewer does not know. Quote the request id to NP6 support.",
    },
    connection: {
      title: "NP6 cannot be reached",
      advice:
        "The connection failed. Check the network and the address of the service, then try again.",
    },
    timeout: {
      title: "NP6 took too long to answer",
      advice: "Try again. In a search by dates, fewer days between them may help.",
    },
    validation: {
      title: "NP6 sent an answer that cannot be read",
      advice:
        "It does not have the form that was agreed. Try again; if it stays, quote the request id to NP6 support.",
    },
    "link-blank": {
      title: "This archive has no link",
      advice: "NP6 lists the mail, but gives no link to its content. It cannot be opened.",
    },
    "link-expired": {
      title: "The link to this mail has expired",
      advice:
        "Links last about 32 days, and NP6 gave no new one. The mail cannot be opened any more.",
    },
    download: {
      title: "The mail could not be fetched",
      advice:
        "NP6’s storage did not deliver the mail, or only a part of it, or too late. Try again.",
    },
    kept: {
      title: "What was kept cannot be read",
      advice:
        "Something in the store is missing or damaged. Whoever runs the viewer finds out what with “np6-archives-keep verify”.",
    },
    "bad-search": {
      title: "This search cannot be made",
      advice: "Check what you filled in.",
    },
    "not-listed": {
      title: "This mail is not in that search",
      advice: "The address may be old or changed by hand. Find the mail again.",
    },
    "page-not-found": {
      title: "There is no such page",
      advice: "Start again from the search.",
    },
    unexpected: {
      title: "The viewer has a problem",
      advice: "That should not happen. Whoever runs the viewer finds the details in its log.",
    },
  },
};

export type Messages = typeof en;
