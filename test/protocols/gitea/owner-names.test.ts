import { ownerNames } from './cases/owner-names.ts';
import { runCases } from './run-cases.ts';

runCases('Gitea dialect: owner names', ownerNames);
