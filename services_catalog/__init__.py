"""The matters a household meets, as reviewed data, and the pure library that reads them.

Knows no web and no database. `matters/`, `guides/` and `bundles.yaml` are the source; see README.md.
"""
