"""The only place where rooms meet; owns transactions and the clock."""
