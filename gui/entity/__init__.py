"""The history of a key as it is shown: its versions on a line, and the state after one of them."""
