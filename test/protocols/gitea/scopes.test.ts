import { scopes } from './cases/scopes.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: token scopes', scopes);
