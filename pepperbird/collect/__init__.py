"""The only package that connects to a target: transports, limits, one Gap per failure, redaction."""
