import type { AccessLevel, Team } from "../domain.ts";

export interface NewTeam {
  readonly namespaceId: number;
  readonly name: string;
  readonly description: string;
  readonly permission: string;
  readonly units: Readonly<Record<string, string>>;
  readonly level: AccessLevel;
}

export interface TeamStore {
  find(teamId: number): Promise<Team | null>;
  create(team: NewTeam): Promise<{ outcome: "created"; team: Team } | { outcome: "name_taken" | "absent" }>;
  /** Adding twice is a success. `absent` when team or user is gone. */
  addMember(teamId: number, userId: number): Promise<"added" | "absent">;
  /** False when the user was not in the team. Grants from other teams stay. */
  removeMember(teamId: number, userId: number): Promise<boolean>;
}
