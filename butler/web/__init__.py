"""The edge: what comes in is read strictly, what goes out is JSON or a plain Chinese page. Knows nothing of cases."""
