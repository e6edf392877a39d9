/** How many there are of what a noun names: `1 mail`, `2 mails`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
