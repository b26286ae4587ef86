"""What a run leaves: the record, and later the ledger and the release log that are made of it."""
