"""Events become messages people read."""
