import { uploads } from './cases/uploads.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: uploads', uploads);
