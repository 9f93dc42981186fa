"""好差评: the resident's judgement in five grades (GB/T 39734-2020)."""
