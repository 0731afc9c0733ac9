"""pepperbird: a compliance-as-code checker for government data and online services.

The package holds code only; what must be true, and how it is found out, stands in the five content folders.
"""

__version__ = "0.1.0"
