/** The GitLab whose API this is, by which clients choose how to speak; `revision` tells that it is none. */
export const gitlabLevel = { version: "18.6.0", revision: "stowage" } as const;
