import { paging, preparePages } from './cases/paging.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: paging', paging, { prepare: preparePages });
