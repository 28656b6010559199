import * as z from "zod";

/** A text that every store keeps as it is. */
const text = z.string().refine((value) => value.isWellFormed() && !value.includes("\0"), "has characters that no text has");

/** Fields that may be missing; null stands for missing, as in Gitea's clients. */
const optionalText = text.nullish();
const optionalFlag = z.boolean().nullish();

const profile = {
  visibility: optionalText,
  full_name: optionalText,
  description: optionalText,
  email: optionalText,
  website: optionalText,
  location: optionalText,
};
/** Of Gitea's CreateOrgOption. */
export const newOrganization = z.object({ username: optionalText, ...profile });
/** Of Gitea's EditOrgOption. */
export const changedOrganization = z.object(profile);

/** Of Gitea's CreateTeamOption; what it says of repositories means nothing here. */
export const newTeam = z.object({
  name: optionalText,
  description: optionalText,
  permission: optionalText,
  units: z.array(text).nullish(),
  units_map: z.record(text, text).nullish(),
});

/**
 * Of Gitea's CreateUserOption. Left out because they mean nothing here: `login_name`, `source_id` (there is one source of
 * accounts), `send_notify` (there is no mail), `must_change_password` (there is no page to change it on yet).
 */
export const newUser = z.object({
  username: optionalText,
  email: optionalText,
  password: optionalText,
  full_name: optionalText,
  visibility: optionalText,
  restricted: optionalFlag,
});

/** Of Gitea's EditUserOption; `login_name` and `source_id` have to be there, as in Gitea, and change nothing. */
export const changedUser = z.object({
  login_name: optionalText,
  source_id: z.number().nullish(),
  email: optionalText,
  password: optionalText,
  full_name: optionalText,
  visibility: optionalText,
  active: optionalFlag,
  admin: optionalFlag,
  prohibit_login: optionalFlag,
  restricted: optionalFlag,
});

/** Of Gitea's CreateAccessTokenOption. */
export const newToken = z.object({ name: optionalText, scopes: z.array(text).nullish() });
