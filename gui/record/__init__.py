"""Parts of the record view: what is opened, finding in it, its bytes, and what can be copied of it."""
