import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { newPrefixedSecret, secretDigest } from "../secret-digest.ts";
import { nextVersion, type WantedVersion } from "../semantic-version.ts";
import { creatorOf, type NamespaceGrant } from "./open-namespace.ts";
import { refuseProtected } from "./package-protection.ts";
import { checkVersionRule } from "./publishing-policies.ts";

/** How long a reservation may be held. */
export const minReservationSeconds = 60;
export const maxReservationSeconds = 86_400;

const maxNameCharacters = 255;
/** What every dialect can publish (GitLab: generic_package_name_regex). */
const packageShape = /^[A-Za-z0-9._\-+]+$/;

/** Reservations of one package in force at most: far more than there are jobs, and few enough to look through. */
const maxHeld = 10_000;

/** A number to reserve: `WantedVersion` for a package, held for so long. */
export interface VersionToReserve extends WantedVersion {
  readonly packageName: string;
  /** 60 to 86,400. */
  readonly expiresInSeconds: number;
}

/** A number that nobody else was or will be given; `secret` lets anyone publish to it and is shown only here. */
export interface Reservation {
  readonly version: string;
  readonly secret: string;
  readonly expiresAtMs: number;
}

/**
 * Reserves the number above every semantic version that the package has or had and every reservation ever made for it,
 * durably and in one transaction: it is never given twice, also after it has expired. Until then only its holder (the
 * account or deploy token behind the grant) and whoever shows the secret may publish to it. Throws `value_invalid`,
 * `name_invalid` for a name or number that could not be published, `package_protected`, `namespace_not_found`.
 */
export async function reserveVersion(
  { metadata, clock }: Pick<RegistryDependencies, "metadata" | "clock">,
  grant: NamespaceGrant<"publish">,
  wanted: VersionToReserve,
): Promise<Reservation> {
  const { packageName, bump, first, preid, expiresInSeconds } = wanted;
  checkName(packageName);
  checkSeconds(expiresInSeconds);
  // Says what is wrong with `first` and `preid` before anything is asked of the store.
  const asFirst = nextVersion({ bump, first, preid }, []);
  checkVersionRule(grant.settings, { packageName, version: asFirst, path: "" });
  if (grant.settings.versions === "x.y.z" && bump === "prerelease")
    throw new RegistryError("value_invalid", "the namespace takes versions of three numbers only: there is no prerelease", { subject: "bump" });
  await refuseProtected(metadata, grant, packageName, "publish");
  const { kind, id } = creatorOf(grant);
  const secret = newPrefixedSecret("reservation");
  const nowMs = clock.nowMs();
  const expiresAtMs = nowMs + 1000 * expiresInSeconds;
  const held = { holder: { kind, id }, secretSha256: secretDigest(secret), nowMs, expiresAtMs };
  const result = await metadata.reservations.reserve({ namespaceId: grant.namespace.id, packageName, bump, first, preid, ...held }, maxHeld);
  switch (result.outcome) {
    case "reserved":
      return { version: result.version, secret, expiresAtMs };
    case "absent":
      throw new RegistryError("namespace_not_found", "the namespace was removed meanwhile");
    case "too_many":
      throw new RegistryError("value_invalid", `the package has ${maxHeld} reservations in force: publish to them, or let them expire`, { subject: "package" });
    case "exhausted":
      throw new RegistryError("value_invalid", "there is no such version after the highest: a number or the text would become too large", {
        subject: "bump",
      });
  }
}

function checkName(packageName: string): void {
  const isValid = packageName.length <= maxNameCharacters && packageShape.test(packageName) && packageName !== "." && packageName !== "..";
  if (!isValid) throw new RegistryError("name_invalid", "package_name is invalid", { subject: "package_name" });
}

function checkSeconds(seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= minReservationSeconds && seconds <= maxReservationSeconds) return;
  throw new RegistryError("value_invalid", `expires_in_seconds must be from ${minReservationSeconds} to ${maxReservationSeconds}`, {
    subject: "expires_in_seconds",
  });
}
