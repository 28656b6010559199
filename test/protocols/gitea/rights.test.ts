import { prepareRights, requireSignIn, rights } from './cases/rights.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: visibility and rights', rights, { prepare: prepareRights });
runCases('Gitea dialect: sign-in required', requireSignIn, { settings: { STOWAGE_REQUIRE_SIGN_IN: 'true' } });
