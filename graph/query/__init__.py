"""The one query language: words, fields and operators become a tree that is asked of things with fields.

`parser.parse(text, vocabulary)` makes a term, or raises `error.QueryError` with the place of the mistake;
`terms.predicate(term, vocabulary, readers, clock)` tells which things fit, `terms.asked` of many at once.
Whoever has things to ask names their fields in a `fields.Vocabulary` and says how each is read.
"""
