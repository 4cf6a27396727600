"""The batch job: from a file of profiles to a published index. Start reading at ``build``."""
