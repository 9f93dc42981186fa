"""The matters, searchable: the library `services_catalog` given to residents."""
