"""Questions about cases. Who may see which is asked of `identity.scope`, nowhere else."""
