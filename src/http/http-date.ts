const monthNames = [
  'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec',
] as const;
const shortDay = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const longDay = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const month = `(?<month>${monthNames.join('|')})`;
const time = '(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})';

/** The three forms a recipient must accept (RFC 9110 section 5.6.7), newest first. */
const forms = [
  new RegExp(`^${shortDay}, (?<day>[0-9]{2}) ${month} (?<year>[0-9]{4}) ${time} GMT$`),
  new RegExp(`^${longDay}, (?<day>[0-9]{2})-${month}-(?<year>[0-9]{2}) ${time} GMT$`),
  new RegExp(`^${shortDay} ${month} (?<day>[0-9]{2}| [0-9]) ${time} (?<year>[0-9]{4})$`),
];

/**
 * Writes milliseconds since the epoch as an IMF-fixdate (RFC 9110 section 5.6.7), dropping what
 * is below a whole second. Throws `RangeError` when `ms` is no date of the years 0 to 9999.
 */
export function formatHttpDate(ms: number): string {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  // The comparison is written so that NaN, the year of an invalid date, fails it.
  if (!(year >= 0 && year <= 9999)) throw new RangeError(`${ms} ms is no date HTTP can express`);
  return date.toUTCString();
}

/**
 * Reads any of the three HTTP-date forms (RFC 9110 section 5.6.7) as milliseconds since the
 * epoch; null when the text is none of them or names a day or time that does not exist. The name
 * of the day is not held against the date. A two-digit year more than 50 years after `nowMs`
 * (milliseconds since the epoch) is taken to be in the past.
 */
export function parseHttpDate(text: string, nowMs: number = Date.now()): number | null {
  for (const form of forms) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const yearText = parts['year'] ?? '';
    const clock = {
      month: monthNames.findIndex((name) => name === parts['month']),
      day: Number(parts['day']),
      hour: Number(parts['hour']),
      minute: Number(parts['minute']),
      second: Number(parts['second']),
    };
    if (yearText.length === 4) return toMs(Number(yearText), clock);
    return twoDigitYearToMs(Number(yearText), clock, nowMs);
  }
  return null;
}

type Clock = { month: number; day: number; hour: number; minute: number; second: number };

function twoDigitYearToMs(yearInCentury: number, clock: Clock, nowMs: number): number | null {
  const now = new Date(nowMs);
  const year = Math.floor(now.getUTCFullYear() / 100) * 100 + yearInCentury;
  const limitMs = new Date(nowMs).setUTCFullYear(now.getUTCFullYear() + 50);
  const ms = toMs(year, clock);
  // 29 February may exist in the one century only, hence the null case.
  return ms === null || ms > limitMs ? toMs(year - 100, clock) : ms;
}

function toMs(year: number, clock: Clock): number | null {
  // 60 is a leap second: allowed by the grammar, counted as the first of the next minute.
  if (clock.hour > 23 || clock.minute > 59 || clock.second > 60) return null;
  const date = new Date(0);
  // Not Date.UTC, which reads the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(year, clock.month, clock.day);
  if (date.getUTCMonth() !== clock.month || date.getUTCDate() !== clock.day) return null;
  return date.setUTCHours(clock.hour, clock.minute, clock.second);
}
