"""What the list of events consists of: query bar, columns, marks, colours, bookmarks, comparing, coverage."""
