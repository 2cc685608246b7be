"""The weekly digest in words, as text, as HTML and as a mail."""
