"""What is drawn and said, with its places, before anything is painted."""
