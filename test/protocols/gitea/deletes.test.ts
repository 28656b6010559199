import { deletes } from './cases/deletes.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: deletes', deletes);
