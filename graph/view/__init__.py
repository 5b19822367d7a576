"""What of a graph is shown, and how it differs from another: pure.

`settings.ViewSettings` is all that people choose; `shown.shown(graph, settings, now_ns, selected, before)` is
what is drawn by that: places, lines, and what is hidden by what. `focus` tells what stays bright, `groups`
what is drawn as one, `things` what the query language knows of nodes and edges.
"""
