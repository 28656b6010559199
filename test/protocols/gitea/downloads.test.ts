import { downloads } from './cases/downloads.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: downloads', downloads);
