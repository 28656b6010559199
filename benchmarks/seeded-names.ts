const versionsPerSmallPackage = 100;

/** The package that a namespace's version of this number belongs to: the first half are in one package. */
export function seededPackage(number: number, count: number): { readonly name: string; readonly numberInPackage: number } {
  const inOne = Math.ceil(count / 2);
  if (number < inOne) return { name: "huge", numberInPackage: number };
  const rest = number - inOne;
  return { name: `small-${Math.floor(rest / versionsPerSmallPackage)}`, numberInPackage: rest % versionsPerSmallPackage };
}

/** The name of a package's version by its number. */
export function seededVersion(number: number): string {
  return `1.${Math.floor(number / 1000)}.${number % 1000}`;
}

/** The name of a version's file by its number. */
export function seededPath(number: number): string {
  return `file-${number}.bin`;
}
