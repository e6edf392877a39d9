/** The values in a path, by the names in a template such as `/targets/{id}/archives`; undefined for another path. */
export function pathValues(template: string, path: string): Map<string, string> | undefined {
  // Alternates between literal text and names.
  const parts = template.split(/\{([^{}]+)\}/);
  const pattern = parts.map((part, index) => (index % 2 === 0 ? escaped(part) : "([^/]*)"));
  const match = new RegExp(`^${pattern.join("")}$`).exec(path);
  if (match === null) return undefined;
  const names = parts.filter((_part, index) => index % 2 === 1);
  return new Map(names.map((name, index) => [name, decodeURIComponent(match[index + 1]!)]));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
