import { paths } from './cases/paths.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: paths', paths);
