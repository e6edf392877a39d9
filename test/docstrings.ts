import { Application, Comment, makeRecursiveVisitor, ReflectionKind } from "typedoc";
import type {
  ContainerReflection,
  DeclarationReflection,
  ParameterReflection,
  ProjectReflection,
  Reflection,
  SignatureReflection,
} from "typedoc";

/** Words that say what a number is. `any number` is one without a unit, such as a seed. */
const UNIT =
  /\b(milliseconds|seconds|bytes|how many|how often|number of|counted|status|port|any number)\b/i;
const DEFAULT = /\bDefault\b/;
/** In the docstring of an interface, this covers all its optional properties. */
const DEFAULTS = /\bWhat is left out\b/;
const ERRORS = /\b(throws?|rejects?)\b/i;

type Member = DeclarationReflection | SignatureReflection | ParameterReflection;

/** As a plugin of typedoc it warns about them, once for all packages. */
export function load(app: Application): void {
  app.on(Application.EVENT_VALIDATE_PROJECT, (api) => {
    for (const silence of silences(api)) app.logger.warn(silence);
  });
}

/** What users of an API need to know and its docstrings do not tell, one line for each. */
function silences(api: ProjectReflection): string[] {
  const exported = exportsOf(api);
  const shown = exported.flatMap((one) => members(one));
  const inputs = inputsAmong(shown);
  const all = [...new Set([...shown, ...inputs.flatMap((input) => ownChildren(input))])];
  const optional = inputs
    .filter((input) => !DEFAULTS.test(textOf(input)))
    .flatMap((input) => ownChildren(input).filter(({ flags }) => flags.isOptional));

  const lacking: Record<string, Member[]> = {
    "has no docstring": exported.filter((one) => textOf(one) === ""),
    "says neither its unit nor what it counts": all.filter(
      (one) => isNumeric(one) && !UNIT.test(textOf(one)),
    ),
    "says no default": optional.filter((one) => !DEFAULT.test(textOf(one))),
    "says neither how it throws or rejects, nor that it never does": shown.filter(
      (one) => canFail(one) && !ERRORS.test(textOf(one)),
    ),
  };
  return Object.entries(lacking).flatMap(([lack, ones]) =>
    ones.map((one) => `${one.getFriendlyFullName()} ${lack}.`),
  );
}

function exportsOf(module: ContainerReflection): DeclarationReflection[] {
  return ownChildren(module).flatMap((one) =>
    one.kindOf(ReflectionKind.Module) ? exportsOf(one) : [one],
  );
}

/** Without inherited members and re-exports under a second name. */
function ownChildren({ children = [] }: ContainerReflection): DeclarationReflection[] {
  return children.filter((one) => one.inheritedFrom === undefined && !one.isReference());
}

/** An export and everything documented on its page. */
function members(one: DeclarationReflection): Member[] {
  const signatures = one.getAllSignatures();
  const parameters = signatures.flatMap((signature) => signature.parameters ?? []);
  return [one, ...signatures, ...parameters, ...ownChildren(one).flatMap(members)];
}

/** The objects that callers create: the types of parameters, with their nested and inherited types. */
function inputsAmong(all: readonly Member[]): DeclarationReflection[] {
  const found = new Set<DeclarationReflection>();
  const visitor = makeRecursiveVisitor({
    reference: ({ reflection }) => follow(reflection),
    reflection: ({ declaration }) => follow(declaration),
  });
  function follow(to: Reflection | undefined): void {
    const { Interface, TypeAlias, TypeLiteral } = ReflectionKind;
    if (!to?.isDeclaration() || !to.kindOf([Interface, TypeAlias, TypeLiteral])) return;
    if (found.has(to)) return;
    found.add(to);
    const parts = [to, ...ownChildren(to)].map(({ type }) => type);
    for (const type of [...parts, ...(to.extendedTypes ?? [])]) type?.visit(visitor);
  }
  for (const one of all) if (one.isParameter()) one.type?.visit(visitor);
  return [...found];
}

function isNumeric({ type }: Member): boolean {
  let found = false;
  type?.visit(
    makeRecursiveVisitor({
      intrinsic({ name }) {
        found ||= name === "number";
      },
    }),
  );
  return found;
}

/**
 * Whatever takes arguments or returns a promise. Overrides (a method, or the constructor of an Error) behave like what
 * they override.
 */
function canFail(one: Member): boolean {
  const { CallSignature, ConstructorSignature } = ReflectionKind;
  if (!one.isSignature() || !one.kindOf([CallSignature, ConstructorSignature])) return false;
  if (one.overwrites !== undefined) return false;
  return (one.parameters ?? []).length > 0 || String(one.type).includes("Promise<");
}

/** The text of a docstring; for a parameter, with that of its function. */
function textOf(one: Reflection): string {
  const { summary = [], blockTags = [] } = one.comment ?? {};
  const tags = blockTags.map(
    ({ tag, content }) => `${tag} ${Comment.combineDisplayParts(content)}`,
  );
  const signatures = one.isDeclaration() ? one.getAllSignatures() : [];
  const others = one.isParameter() && one.parent ? [one.parent] : signatures;
  const texts = [Comment.combineDisplayParts(summary), ...tags, ...others.map(textOf)];
  return texts.join(" ").replaceAll(/\s+/g, " ").trim();
}
