"""Strict YAML with positions, and models validated from it with every error located. Knows no schema of its own."""
