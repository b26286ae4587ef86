"""What a database's objects are: one snapshot, one difference."""
