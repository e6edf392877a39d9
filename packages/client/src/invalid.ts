/** The error for a value that a caller got wrong: what it must be, and what came. It shows no object's contents. */
export function invalid(name: string, expected: string, came: unknown): TypeError {
  const shown =
    typeof came === "string" || typeof came === "number"
      ? JSON.stringify(came)
      : Object.prototype.toString.call(came).slice(8, -1);
  return new TypeError(`${name} must be ${expected}, and ${shown} came.`);
}
