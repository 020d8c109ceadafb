"""A study's folder from somebody's files: what the columns are is guessed, and said with how sure it is."""
