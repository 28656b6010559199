import { rest } from './cases/rest.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: REST management API', rest);
