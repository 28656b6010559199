/** How a measured value went over time. */
export interface Course {
  readonly samples: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  /** Of the line with the least squares, for an hour. */
  readonly perHour: number;
  /** What that line rises from the first sample to the last. */
  readonly rise: number;
}

/** Fits a line through the values; seconds are from any beginning. Fewer than two moments have no slope: 0. */
export function fitLine(points: readonly { readonly seconds: number; readonly value: number }[]): Course {
  const samples = points.length;
  if (samples === 0) return { samples, mean: 0, least: 0, most: 0, perHour: 0, rise: 0 };
  const values = points.map(({ value }) => value);
  const moments = points.map(({ seconds }) => seconds);
  const mean = values.reduce((sum, value) => sum + value, 0) / samples;
  const middle = moments.reduce((sum, seconds) => sum + seconds, 0) / samples;
  const spread = moments.reduce((sum, seconds) => sum + (seconds - middle) ** 2, 0);
  const shared = points.reduce((sum, { seconds, value }) => sum + (seconds - middle) * (value - mean), 0);
  const slope = spread === 0 ? 0 : shared / spread;
  const span = Math.max(...moments) - Math.min(...moments);
  return { samples, mean, least: Math.min(...values), most: Math.max(...values), perHour: slope * 3600, rise: slope * span };
}
