"""Random systems of applications on a Kafka cluster: the truth about each, and what an adapter would see.

`generate.world(seed)` makes one, `observe.play(world, discovery)` tells it to a discovery over some minutes
of virtual time, and `judge.judge(world, graph)` says which claims of the graph are right.
"""
