import type { Command, CommanderError } from "commander";

/** What commander found wrong with the arguments, in one line that suggests what was meant. */
export function argumentError(
  root: Command,
  args: readonly string[],
  error: CommanderError,
): string {
  const command = root.commands.find((candidate) => candidate.name() === args[0]);
  const name = command?.name() ?? root.name();
  const [, culprit = ""] = /'([^ '=]+)/.exec(error.message) ?? [];
  const [, meant] = /\(Did you mean (.*)\?\)/.exec(error.message) ?? [];
  const reasons: Record<string, string> = {
    "commander.unknownCommand": `command: expected ${namesOf(root)}, got "${culprit}"`,
    "commander.unknownOption": knows(command, culprit)
      ? `${culprit}: expected no value, got one`
      : `${name}: expected an option that it has, got ${culprit}`,
    "commander.optionMissingArgument": `${culprit}: expected a value, as in ${culprit}=VALUE, got none`,
  };
  const reason = reasons[error.code] ?? argumentCount(command);
  return `${reason}.${meant === undefined ? "" : ` Did you mean ${meant}?`} --help tells more.`;
}

/** The error for an option that is followed by another option in place of its value; undefined where there is none. */
export function optionWithoutValue(root: Command, args: readonly string[]): string | undefined {
  const command = root.commands.find((candidate) => candidate.name() === args[0]);
  const culprit = command?.options.find(({ long, required }) => {
    const at = required ? args.indexOf(long!) : -1;
    return at > 0 && /^-\D/.test(args[at + 1] ?? "");
  });
  if (culprit === undefined) return undefined;
  return `${culprit.long}: expected a value, as in ${culprit.long}=VALUE, got none. --help tells more.`;
}

function knows(command: Command | undefined, option: string): boolean {
  return command?.options.some(({ long }) => long === option) ?? false;
}

function namesOf(root: Command): string {
  return root.commands.map((command) => command.name()).join(" or ");
}

function argumentCount(command: Command | undefined): string {
  const given = command?.args ?? [];
  return command?.name() === "diff"
    ? `diff: expected two files, OLD and NEW, got ${given.length}`
    : `${command?.name()}: expected options alone, got "${given[0]}"`;
}
