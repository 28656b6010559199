const isoTime =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([Zz])| ?([+-])(\d{2}):?(\d{2}))?)?$/;

/**
 * A time of ISO 8601 in milliseconds: a day, or a day and a time; without an offset it is UTC. A space may stand
 * before the time and the offset, as Ruby writes them. Null for anything else, and
 * for days and times that do not exist.
 */
export function parseIsoTime(text: string): number | null {
  const match = isoTime.exec(text);
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const fraction = Math.trunc(Number(`0.${match[7] ?? "0"}`) * 1000);
  // Unlike Date.UTC this does not take years before 100 for others.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const [offsetHour, offsetMinute] = [part(10), part(11)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return null;
  const offsetMinutes = (match[9] === "-" ? -1 : 1) * (offsetHour * 60 + offsetMinute);
  const ms = date.getTime() + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000 + fraction;
  // Times that four digits of a year cannot write again.
  return ms < Date.parse("0000-01-01T00:00:00Z") || ms > Date.parse("9999-12-31T23:59:59.999Z") ? null : ms;
}
