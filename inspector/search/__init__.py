"""Search in captures: the query language over records, and what may be written next in a query."""
