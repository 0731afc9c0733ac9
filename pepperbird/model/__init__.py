"""The vocabulary: frozen values that every other package speaks. No I/O, no clock, no imports from above.

Import the module you need (`from pepperbird.model.state import State`); nothing is re-exported here.
"""
