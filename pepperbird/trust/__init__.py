"""Keys, signed statements, the key list and the ledger's arithmetic: rules without database, network or clock."""
