"""Consents: one for each purpose, in words that stay as they were said, taken back as easily as given."""
