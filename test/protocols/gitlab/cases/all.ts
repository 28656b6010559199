import type { ProtocolCase } from "../protocol-case.ts";
import { accessTokenCases } from "./access-tokens.ts";
import { credentials } from "./credentials.ts";
import { deletes } from "./deletes.ts";
import { deployTokenCases } from "./deploy-tokens.ts";
import { digests } from "./digests.ts";
import { downloads } from "./downloads.ts";
import { duplicates } from "./duplicates.ts";
import { graphqlCases } from "./graphql.ts";
import { groupPackages } from "./group-packages.ts";
import { groupCases } from "./groups.ts";
import { hidden } from "./hidden.ts";
import { instanceCases, rateCases } from "./instance.ts";
import { memberCases } from "./members.ts";
import { multipart, multipartOff, multipartSize } from "./multipart.ts";
import { names } from "./names.ts";
import { jobTokenCases, reservationCases } from "./native.ts";
import { order, orderOfSize } from "./order.ts";
import { packageDelete } from "./package-delete.ts";
import { packageFiles } from "./package-files.ts";
import { packageList } from "./package-list.ts";
import { packagePages } from "./package-pages.ts";
import { paths } from "./paths.ts";
import { projectChangeCases } from "./project-changes.ts";
import { projectCases } from "./projects.ts";
import { releaseCases } from "./releases.ts";
import { rights } from "./rights.ts";
import { routes } from "./routes.ts";
import { ruleCases } from "./rules.ts";
import { settingCases } from "./settings.ts";
import { tokenCases } from "./tokens.ts";
import { sizeLimits, uploads } from "./uploads.ts";
import { userCases } from "./users.ts";
import { variableCases } from "./variables.ts";
import { visibilityCases } from "./visibility.ts";

/** Every case there is. */
export const allCases: readonly ProtocolCase[] = [
  ...routes,
  ...paths,
  ...names,
  ...uploads,
  ...sizeLimits,
  ...order,
  ...orderOfSize,
  ...duplicates,
  ...hidden,
  ...digests,
  ...multipart,
  ...multipartSize,
  ...multipartOff,
  ...downloads,
  ...deletes,
  ...credentials,
  ...rights,
  ...packageList,
  ...packageFiles,
  ...packageDelete,
  ...packagePages,
  ...groupPackages,
  ...projectCases,
  ...projectChangeCases,
  ...groupCases,
  ...memberCases,
  ...userCases,
  ...tokenCases,
  ...accessTokenCases,
  ...deployTokenCases,
  ...ruleCases,
  ...graphqlCases,
  ...settingCases,
  ...visibilityCases,
  ...variableCases,
  ...releaseCases,
  ...instanceCases,
  ...rateCases,
  ...jobTokenCases,
  ...reservationCases,
];
