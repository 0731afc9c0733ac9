"""The check language: CEL compiled against the types of the facts, evaluated on plain values, never on a Gap."""
