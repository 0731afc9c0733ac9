"""Strict parsers by family: bytes of a probe to plain values. `observe.registry` names them; none raises past it."""
