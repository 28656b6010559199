import { ranges } from './cases/ranges.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: ranges and conditions', ranges);
