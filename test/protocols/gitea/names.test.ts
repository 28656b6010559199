import { names } from './cases/names.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: names', names);
