import { releaseCases } from "./cases/releases.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: releases", releaseCases);
