"""How a record is shown: the HTML audit report, the terminal and GitHub. It adds nothing to the record."""
