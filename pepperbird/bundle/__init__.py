"""Content folders to a Catalog: read, linted, digested."""
