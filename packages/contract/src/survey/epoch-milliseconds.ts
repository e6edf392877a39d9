/** Milliseconds since 1970 of a date-time. A leap second counts as the second before it: Date cannot read one. */
export function epochMilliseconds(dateTime: string): number {
  return Date.parse(dateTime.replace(/:60(?=[.z+-])/i, ":59"));
}
