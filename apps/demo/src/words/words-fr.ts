import type { Messages } from "./words-en.ts";

/** Every word that the viewer shows, in French. */
export const fr: Messages = {
  languageName: "Français",
  product: "Archives des mails",
  tagline: "Voyez exactement ce qu’un client a reçu.",
  skip: "Aller au contenu",
  skipToMails: "Aller aux mails",
  languages: "Langue",

  findHeading: "Trouver un mail",
  findBy: "Chercher par",
  byTarget: "Cible",
  byAction: "Action et cible",
  byStamp: "Stamp",
  targetLabel: "Cible",
  targetHelp: "L’identifiant du client, par exemple 000T123",
  actionLabel: "Action",
  actionHelp: "L’identifiant de l’envoi, par exemple 00000A",
  stampLabel: "Stamp",
  stampHelp: "Le stamp d’un envoi à un client, tel que le porte un événement d’envoi",
  fromLabel: "Du",
  toLabel: "Au",
  datesHelp: "Les deux jours compris. Laissez vide pour tout voir.",
  datesZone: "Fuseau horaire :",
  find: "Chercher",
  lastDays: (days) => `${days} derniers jours`,
  idHints: {
    address: "Une adresse e-mail n’est pas un identifiant.",
    letters: "Les identifiants s’écrivent en majuscules.",
    form: "Cela ne ressemble pas à un identifiant.",
  },
  searchFor: (id) => `Chercher plutôt ${id}`,
  isAddress:
    "Les archives de NP6 ne connaissent pas les adresses e-mail. Cherchez l’identifiant du client dans NP6, ou dans vos propres événements d’envoi.",
  missing: (field) => `Le champ « ${field} » est vide. Remplissez-le et relancez la recherche.`,
  badDate: (value) => `« ${value} » n’est pas une date à partir de 1970, de la forme 2026-02-05.`,
  datesReversed: "Le dernier jour précède le premier. Inversez-les et relancez la recherche.",
  tryHeading: "Ce lecteur est branché sur le simulateur. Identifiants à essayer :",

  resultsHeading: "Mails archivés",
  resultsPage: (page) => `Mails archivés, page ${page}`,
  countOf: (first, last, total) => `${first}–${last} sur ${total}`,
  sent: "Envoyé",
  action: "Action",
  target: "Cible",
  link: "Lien",
  kept: "Conservé",
  bag: (target) => `Tous les mails conservés de ${target}, en archive BagIt (.zip)`,
  onlyKept: "NP6 n’a pas donné de liste. Ce qui est conservé s’affiche tout de même.",
  onceKnown: "NP6 ne le connaît plus. Ce qui est conservé s’affiche tout de même.",
  linkOpens: "S’ouvre",
  linkUntil: "jusqu’au",
  linkExpired: "Expiré",
  linkBlank: "Pas de lien",
  onlyThisAction: (action) => `Seulement l’action ${action}`,
  pages: "Pages",
  newer: "Plus récents",
  older: "Plus anciens",
  first: "Première",
  last: "Dernière",
  page: "Page",
  ofPages: (pages) => `sur ${pages}`,
  go: "Aller",
  emptyHeading: "La liste est vide",
  emptyIntro: "Cela ne prouve pas que rien n’a été envoyé. Une liste vide peut vouloir dire :",
  emptyReasons: [
    "que rien n’a été envoyé à ce client à ces dates, ou par cette action ;",
    "que l’archivage n’est pas activé pour ce compte ou cette action ;",
    "que l’utilisateur de la clé d’API n’a pas le droit de voir ces archives.",
  ],
  emptyStore:
    "que seuls les mails conservés sont cherchés ici, et que celui-ci ne l’est pas, ou pas encore.",
  emptyByDates: "que le mail se trouve hors de ces dates : essayez sans elles ;",

  aroundMail: "Autour de ce mail",
  backToList: "Retour à la liste",
  newerMail: "Plus récent",
  olderMail: "Plus ancien",
  details: "Identifiants et détails",
  archiveId: "Identifiant de l’archive",
  messageId: "Message-ID",
  copy: "Copier",
  copied: "Copié",
  copyWhat: (what) => `Copier : ${what}`,
  attachmentsCount: (count, size) =>
    `${count} ${count === 1 ? "pièce jointe" : "pièces jointes"}, ${size}`,
  wholeWindow: "Pleine fenêtre",
  reading: "La lecture de ce mail est en cours…",
  noSubject: "(sans objet)",
  from: "De",
  to: "À",
  cc: "Cc",
  replyTo: "Répondre à",
  dated: "Daté",
  archive: "Archive",
  shownCopy: "Copie",
  keptCopy: "Celle qui a été conservée le",
  otherCopy: "Celle de NP6 : celle qui a été conservée est illisible",
  download: "Télécharger le .eml",
  print: "Imprimer",
  tabs: "Vues du mail",
  tabHtml: "Mail",
  tabText: "Texte",
  tabHeaders: "En-têtes",
  tabLinks: "Liens",
  tabParts: "Parties",
  tabSource: "Source",
  blocked: (items, tracking) =>
    (items === 1 ? "1 élément distant bloqué" : `${items} éléments distants bloqués`) +
    (tracking === 0
      ? "."
      : tracking === 1
        ? ", dont 1 qui ressemble à un pixel de suivi."
        : `, dont ${tracking} qui ressemblent à des pixels de suivi.`),
  blockedSee: "Voir lesquels",
  nothingBlocked: "Rien dans ce mail ne vient d’ailleurs.",
  frameTitle: "Le mail tel que le client l’a reçu",
  noHtml: "Ce mail n’a pas de partie html.",
  noText: "Ce mail n’a pas de texte à afficher.",
  textCut: (shown) => `Les ${shown} premiers caractères. Téléchargez le mail pour la suite.`,
  headerName: "En-tête",
  headerValue: "Valeur",
  linksIntro:
    "Les liens sont montrés, jamais suivis : en ouvrir un compterait comme un clic du client.",
  linksHeading: "Liens",
  noLinks: "Ce mail n’a pas de liens.",
  linkText: "Texte",
  linkAddress: "Adresse",
  linkPlace: "Endroit",
  places: { html: "Mail", text: "Texte", header: "En-tête", form: "Formulaire" },
  unsubscribes: "Désinscrit",
  blockedHeading: "Éléments distants bloqués",
  kind: "Genre",
  kinds: {
    image: "Image",
    style: "Feuille de style",
    font: "Police",
    media: "Son ou film",
    frame: "Cadre",
    script: "Script",
    page: "Page où aller",
    other: "Autre",
  },
  tracking: "Semble servir au suivi",
  attachments: "Pièces jointes",
  inline: "Dans le mail",
  noAttachments: "Ce mail n’a pas de pièces jointes.",
  name: "Nom",
  type: "Type",
  size: "Taille",
  downloadNamed: (name) => `Télécharger ${name}`,
  partsHeading: "Structure",
  charset: "Jeu de caractères",
  encoding: "Codage",
  disposition: "Disposition",
  sourceCut: (shown, total) =>
    `Les ${shown} premiers sur ${total}. Téléchargez le mail pour la suite.`,
  sourceCutOpen: (shown) => `Les ${shown} premiers. Téléchargez le mail pour la suite.`,
  problems: {
    "too-big":
      "Ce mail est trop gros pour être montré ici. Voici sa source ; téléchargez-le pour le lire.",
    "too-slow": "La lecture de ce mail durait trop longtemps et a été arrêtée. Voici sa source.",
    "too-much-memory":
      "La lecture de ce mail demandait trop de mémoire et a été arrêtée. Voici sa source.",
    "too-deep":
      "Les parties de ce mail sont trop imbriquées, ou ses en-têtes sont trop volumineux. Voici sa source.",
    "too-many-parts": "Ce mail a trop de parties pour être montré. Voici sa source.",
    unreadable: "Ceci ne se lit pas comme un mail. Voici sa source.",
    "html-too-deep":
      "Le html de ce mail est trop imbriqué pour être montré. Les autres vues sont complètes.",
  },
  notes: {
    charset:
      "Son jeu de caractères n’est pas indiqué, ou n’est pas celui qu’il indique ; il a fallu le deviner.",
    boundary:
      "Une séparation entre ses parties manque ou est mal placée : il est peut-être incomplet.",
    encoding: "Le codage d’une partie est inconnu, ou ne correspond pas à son contenu.",
    header: "Son en-tête manque ou est endommagé.",
    "left-out": "Tout n’est pas montré ici : voyez ses parties et sa source.",
  },

  whatToDo: "Que faire :",
  requestId: "Identifiant de la requête",
  requestIdHelp: "À citer au support NP6.",
  status: "Statut",
  tryAgain: "Réessayer",
  tryAgainAfter: "Réessayez après",
  failures: {
    "bad-request": {
      title: "NP6 n’a pas accepté cette recherche",
      advice: "Vérifiez ce que vous avez rempli : la forme n’en convient pas au service.",
    },
    authentication: {
      title: "NP6 n’accepte pas la clé d’API",
      advice:
        "La clé de ce lecteur est fausse ou a été retirée. La personne qui le gère doit lui en donner une valable.",
    },
    "permission-denied": {
      title: "La clé d’API ne donne pas accès à ces archives",
      advice:
        "Demandez à la personne qui gère votre compte NP6 de donner à l’utilisateur de la clé le droit de les lire.",
    },
    "not-found": {
      title: "NP6 ne connaît pas cet identifiant",
      advice: "Vérifiez-le : il est peut-être mal écrit, ou appartient à un autre compte.",
    },
    conflict: {
      title: "NP6 n’a pas pu répondre à cette recherche",
      advice: "Le service signale un conflit. Réessayez dans un instant.",
    },
    unprocessable: {
      title: "NP6 n’a pas compris cette recherche",
      advice: "Vérifiez ce que vous avez rempli.",
    },
    "rate-limit": {
      title: "Trop de requêtes",
      advice: "NP6 limite le nombre de demandes.",
    },
    server: {
      title: "NP6 a un problème",
      advice: "Le service a échoué, même après un nouvel essai. Réessayez dans quelques minutes.",
    },
    api: {
      title: "NP6 a refusé cette recherche",
      advice:
        "Ce lecteur ne connaît pas cette réponse. Citez l’identifiant de la requête au support NP6.",
    },
    connection: {
      title: "NP6 est injoignable",
      advice: "La connexion a échoué. Vérifiez le réseau et l’adresse du service, puis réessayez.",
    },
    timeout: {
      title: "NP6 a mis trop de temps à répondre",
      advice:
        "Réessayez. Pour une recherche par dates, moins de jours entre elles peuvent suffire.",
    },
    validation: {
      title: "NP6 a envoyé une réponse illisible",
      advice:
        "Elle n’a pas la forme convenue. Réessayez ; si cela persiste, citez l’identifiant de la requête au support NP6.",
    },
    "link-blank": {
      title: "Cette archive n’a pas de lien",
      advice:
        "NP6 connaît le mail, mais ne donne pas de lien vers son contenu. Il ne peut pas être ouvert.",
    },
    "link-expired": {
      title: "Le lien vers ce mail a expiré",
      advice:
        "Un lien dure environ 32 jours, et NP6 n’en a pas donné de nouveau. Le mail ne peut plus être ouvert.",
    },
    download: {
      title: "Le mail n’a pas pu être récupéré",
      advice:
        "Le stockage de NP6 n’a pas livré le mail, ou seulement une partie, ou trop tard. Réessayez.",
    },
    kept: {
      title: "Ce qui a été conservé est illisible",
      advice:
        "Le stockage des mails conservés est incomplet ou endommagé. La personne qui gère le lecteur en saura plus avec « np6-archives-keep verify ».",
    },
    "bad-search": {
      title: "Cette recherche est impossible",
      advice: "Vérifiez ce que vous avez rempli.",
    },
    "not-listed": {
      title: "Ce mail n’est pas dans cette recherche",
      advice:
        "L’adresse est peut-être ancienne, ou modifiée à la main. Cherchez le mail à nouveau.",
    },
    "page-not-found": {
      title: "Cette page n’existe pas",
      advice: "Repartez de la recherche.",
    },
    unexpected: {
      title: "Le lecteur a un problème",
      advice:
        "Cela ne devrait pas arriver. La personne qui gère le lecteur trouve les détails dans son journal.",
    },
  },
};
