import type { User } from "../../core/domain.ts";
import { timestamp } from "./answers.ts";

/** lib/api/entities/user_basic.rb */
export function userBasicJson(user: User, publicUrl: string) {
  return {
    id: user.id,
    username: user.name,
    name: user.fullName === "" ? user.name : user.fullName,
    state: stateOf(user),
    locked: false,
    avatar_url: null,
    web_url: `${publicUrl}/${user.name}`,
  };
}

function stateOf(user: User): "active" | "blocked" | "deactivated" {
  if (user.isLoginProhibited) return "blocked";
  return user.isActive ? "active" : "deactivated";
}

/** lib/api/entities/user.rb: what every signed-in caller may see of an account. */
export function userPublicJson(user: User, publicUrl: string) {
  return {
    ...userBasicJson(user, publicUrl),
    created_at: timestamp(user.createdAtMs),
    public_email: null,
    bot: user.botOfNamespaceId !== null,
  };
}

/** lib/api/entities/user_public.rb and user_with_admin.rb: for the account itself and for administrators. */
export function userPrivateJson(user: User, publicUrl: string, viewer: User) {
  return {
    ...userPublicJson(user, publicUrl),
    email: user.email,
    commit_email: user.email,
    confirmed_at: timestamp(user.createdAtMs),
    external: user.isRestricted,
    private_profile: user.visibility === "private",
    two_factor_enabled: false,
    identities: [],
    can_create_group: true,
    can_create_project: true,
    namespace_id: user.id,
    ...(viewer.isAdmin ? { is_admin: user.isAdmin } : {}),
  };
}
