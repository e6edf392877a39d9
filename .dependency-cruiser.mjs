// Which room may import which: the table below says it, and `pnpm lint` holds it, type imports included.

/**
 * The rooms of each package from the top floor to the ground: an import goes down, never up, nor across its floor.
 * A room is a folder, or a file that stands beside the folders.
 */
const FLOORS = {
  "apps/demo/src": [
    ["main.ts", "demo.ts"],
    ["web"],
    ["pages"],
    ["archives"],
    ["words"],
    ["command"],
  ],
  "packages/safe-mail/src": [["index.ts"], ["process"], ["read"], ["safe-mail.ts"], ["show"]],
  "packages/client/src": [
    ["index.ts", "node.ts"],
    ["save"],
    ["client.ts"],
    ["listing", "mail"],
    ["http"],
    ["options"],
    ["errors", "timing"],
    ["headers"],
  ],
  "packages/contract/src": [
    ["cli.ts", "index.ts"],
    ["command"],
    ["verify", "diff", "contract-fetch"],
    ["checks"],
    ["survey", "report"],
    ["exchange"],
    ["checked-options.ts", "json-pointer.ts"],
  ],
  "packages/keep/src": [
    ["cli.ts", "index.ts"],
    ["command"],
    ["work.ts", "erase.ts"],
    ["keep.ts", "status.ts", "verify", "reconcile", "open-kept.ts", "person"],
    ["lead-run.ts"],
    ["open-store.ts"],
    ["store-places.ts"],
    ["queue"],
    ["run", "report"],
    ["pace"],
    ["ledger"],
    ["store"],
    ["worklist"],
    ["csv"],
    ["words"],
  ],
  "packages/mock/src": [
    ["cli.ts"],
    ["command", "index.ts"],
    ["mock.ts"],
    ["contents.ts"],
    ["control", "api", "mock-options.ts"],
    ["running-mock.ts"],
    ["data"],
    ["storage"],
    ["server"],
    ["files", "package-files.ts"],
  ],
};

/** What each package may import of the others, by their public names. */
const NEIGHBOURS = {
  spec: [],
  "packages/client": ["spec"],
  "packages/mock": ["spec"],
  "packages/contract": ["spec", "packages/mock"],
  "packages/safe-mail": [],
  "packages/keep": ["packages/client", "packages/safe-mail", "spec"],
  "apps/demo": ["packages/client", "packages/keep", "packages/mock", "packages/safe-mail"],
};

const anyOf = (paths) => `^(${paths.map((path) => path.replaceAll(".", "\\.")).join("|")})(/|$)`;

/** One rule for each room, and one for what stands in none. */
function rulesOf(house, floors) {
  const rooms = floors.flat().map((room) => `${house}/${room}`);
  const plan = `From top to bottom the rooms of ${house} are: ${floors.map((floor) => floor.join(" and ")).join(", ")}.`;
  const rules = [
    {
      name: `${house} shows its rooms`,
      severity: "error",
      comment: `${plan} This file stands in none: move it into one, or add its room to .dependency-cruiser.mjs.`,
      from: { path: `^${house}/`, pathNot: anyOf(rooms) },
      to: {},
    },
  ];
  for (const [level, floor] of floors.entries()) {
    for (const room of floor) {
      const others = floors
        .slice(0, level + 1)
        .flat()
        .filter((other) => other !== room);
      if (others.length === 0) continue;
      rules.push({
        name: `${house}/${room} imports only what is below it`,
        severity: "error",
        comment: `${plan} Move what both need down, into a file of its own.`,
        from: { path: anyOf([`${house}/${room}`]) },
        to: { path: anyOf(others.map((other) => `${house}/${other}`)) },
      });
    }
  }
  return rules;
}

const houseRules = Object.entries(NEIGHBOURS).map(([house, neighbours]) => ({
  name: `${house} knows only its neighbours`,
  severity: "error",
  comment: `It may import ${neighbours.join(", ") || "no other package"}, by public name. Arrows between packages are in .dependency-cruiser.mjs.`,
  from: { path: anyOf([house]), pathNot: "/(test|bench)/" },
  to: {
    path: "^(spec|packages|apps|test)/",
    pathNot: anyOf([house, ...neighbours.map((neighbour) => `${neighbour}/dist`)]),
  },
}));

const circles = {
  name: "no circle",
  severity: "error",
  comment:
    "These files import each other in a circle. Give what they share a file of its own, below both.",
  from: {},
  to: { circular: true },
};

export default {
  forbidden: [
    circles,
    ...Object.entries(FLOORS).flatMap(([house, floors]) => rulesOf(house, floors)),
    ...houseRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "default"] },
    doNotFollow: { path: ["(^|/)node_modules/", "/dist/"] },
  },
};
