import { setupAccounts } from './cases/setup-accounts.ts';
import { setupOrganisations } from './cases/setup-organisations.ts';
import { setupTokens } from './cases/setup-tokens.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: set-up routes', [...setupAccounts, ...setupOrganisations, ...setupTokens]);
