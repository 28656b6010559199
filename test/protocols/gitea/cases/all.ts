import type { ProtocolCase } from '../protocol-case.ts';
import { badInput } from './bad-input.ts';
import { concurrency } from './concurrency.ts';
import { credentials } from './credentials.ts';
import { deletes } from './deletes.ts';
import { downloads } from './downloads.ts';
import { limits } from './limits.ts';
import { names } from './names.ts';
import { ownerNames } from './owner-names.ts';
import { paging } from './paging.ts';
import { paths } from './paths.ts';
import { ranges } from './ranges.ts';
import { rest } from './rest.ts';
import { requireSignIn, rights } from './rights.ts';
import { routes } from './routes.ts';
import { scopes } from './scopes.ts';
import { setupAccounts } from './setup-accounts.ts';
import { setupOrganisations } from './setup-organisations.ts';
import { setupTokens } from './setup-tokens.ts';
import { uploads } from './uploads.ts';

/** Every case there is. */
export const allCases: readonly ProtocolCase[] = [
  ...routes,
  ...paths,
  ...names,
  ...uploads,
  ...downloads,
  ...ranges,
  ...deletes,
  ...concurrency,
  ...credentials,
  ...scopes,
  ...rights,
  ...requireSignIn,
  ...ownerNames,
  ...rest,
  ...paging,
  ...limits,
  ...setupAccounts,
  ...setupOrganisations,
  ...setupTokens,
  ...badInput,
];
