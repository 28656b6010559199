import { concurrency } from './cases/concurrency.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: concurrency', concurrency);
