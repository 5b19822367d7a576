"""Asking a capture in SQL: the text with its offers and mistakes, the answer as a table and as a chart."""
