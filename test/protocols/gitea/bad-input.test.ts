import { badInput } from './cases/bad-input.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: bad input', badInput);
