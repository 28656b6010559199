import type { Team } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type { NewTeam } from "../../core/ports/team-store.ts";
import type { SqlConnection } from "./connection.ts";
import { toAccessLevel } from "./namespaces.ts";

interface TeamRow {
  readonly id: number;
  readonly namespace_id: number;
  readonly name: string;
  readonly description: string;
  readonly permission: string;
  readonly units: string;
  readonly level: number;
}

const columns = "id, namespace_id, name, description, permission, units, level";

function toTeam(row: TeamRow): Team {
  return {
    id: row.id,
    namespaceId: row.namespace_id,
    name: row.name,
    description: row.description,
    permission: row.permission,
    units: JSON.parse(row.units) as Record<string, string>,
    level: toAccessLevel(row.level),
  };
}

export async function findTeam(sql: SqlConnection, teamId: number): Promise<Team | null> {
  const row = await sql.get<TeamRow>(`SELECT ${columns} FROM teams WHERE id = ?`, teamId);
  return row === null ? null : toTeam(row);
}

export async function createTeam(
  sql: SqlConnection,
  team: NewTeam,
): Promise<{ outcome: "created"; team: Team } | { outcome: "name_taken" | "absent" }> {
  const group = await sql.get("SELECT id FROM namespaces WHERE id = ? AND kind = 'group'", team.namespaceId);
  if (group === null) return { outcome: "absent" };
  const folded = foldName(team.name);
  const same = await sql.get("SELECT id FROM teams WHERE namespace_id = ? AND name_folded = ?", team.namespaceId, folded);
  if (same !== null) return { outcome: "name_taken" };
  const row = await sql.get<TeamRow>(
    `INSERT INTO teams (namespace_id, name, name_folded, description, permission, units, level)
     VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING ${columns}`,
    team.namespaceId,
    team.name,
    folded,
    team.description,
    team.permission,
    JSON.stringify(team.units),
    team.level,
  );
  if (row === null) throw new Error("an insert returned no row");
  return { outcome: "created", team: toTeam(row) };
}

export async function addTeamMember(sql: SqlConnection, teamId: number, userId: number): Promise<"added" | "absent"> {
  const team = await findTeam(sql, teamId);
  if (team === null || (await sql.get("SELECT id FROM users WHERE id = ?", userId)) === null) return "absent";
  await sql.run(
    `INSERT INTO grants (namespace_id, user_id, level, team_id) VALUES (?, ?, ?, ?)
     ON CONFLICT (namespace_id, user_id, team_id) DO UPDATE SET level = excluded.level`,
    team.namespaceId,
    userId,
    team.level,
    teamId,
  );
  return "added";
}

export async function removeTeamMember(sql: SqlConnection, teamId: number, userId: number): Promise<boolean> {
  return (await sql.run("DELETE FROM grants WHERE team_id = ? AND user_id = ?", teamId, userId)) > 0;
}
