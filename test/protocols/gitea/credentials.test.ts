import { credentials } from './cases/credentials.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: credentials', credentials);
