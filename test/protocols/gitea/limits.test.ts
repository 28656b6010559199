import { limits, limitSettings, prepareLimits } from './cases/limits.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: limits', limits, { settings: limitSettings, prepare: prepareLimits });
