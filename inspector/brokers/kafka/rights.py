"""What principals may do (DescribeAcls), and whether Kafka leaves things out because of what this login may.

Kafka leaves out topics, groups and transactional ids that a login may not describe, without a word. A name
that nobody has tells it: it is refused where only some names may be described, and unknown where all may.
"""

from __future__ import annotations

from uuid import uuid4

from graph.identity import Action
from inspector.brokers.kafka.cluster import BOOTSTRAP, Cluster
from inspector.brokers.kafka.news import News
from inspector.brokers.kafka.offsets import TOPIC_REFUSED
from inspector.brokers.kafka.refusals import Refusals, Sight, listing, principal_of
from inspector.errors import Unsupported
from inspector.observation import MOST_PERMITTED, Observation, Permission, PermissionsSeen

_ANY, _TOPIC, _PREFIXED = 1, 2, 4
_ALLOW = 3
_ACTIONS = {2: tuple(Action), 3: (Action.RECEIVE,), 4: (Action.SEND,)}
"""Of the operations ALL, READ and WRITE."""
_NOT_CREATING = 4
"""From this version on, asking for a topic need not create it (`MetadataRequest.json`)."""
_CLUSTER_REFUSED, _GROUP_REFUSED, _TRANSACTION_REFUSED = 31, 30, 53


class Rights:
    """Looks at permissions; raises what `Cluster.request` raises."""

    def __init__(self, cluster: Cluster, refusals: Refusals) -> None:
        self._cluster = cluster
        self._refusals = refusals
        self._news = News()

    async def look(self) -> list[Observation]:
        """All permissions on topics, and what may be left out."""
        return await self._permissions() + await self._left_out()

    async def _permissions(self) -> list[Observation]:
        wanted = {
            "ResourceTypeFilter": _TOPIC,
            "PatternTypeFilter": _ANY,
            # Null is every name, principal and host; an empty one would be none.
            "ResourceNameFilter": None,
            "PrincipalFilter": None,
            "HostFilter": None,
            "Operation": _ANY,
            "PermissionType": _ANY,
        }
        try:
            answer = await self._cluster.request(BOOTSTRAP, "DescribeAcls", wanted)
        except Unsupported as error:
            return self._refusals.tell(Sight.PERMISSIONS, error.message, "The rest is shown without them.")
        if answer["ErrorCode"] == _CLUSTER_REFUSED:
            return self._refusals.tell(
                Sight.PERMISSIONS,
                "Kafka refuses this login Describe on the cluster.",
                self._refusals.command("Describe", "cluster"),
            )
        seen = self._refusals.lifted(Sight.PERMISSIONS)
        if answer["ErrorCode"]:
            return seen  # without an authorizer there are none
        connection = self._cluster.connection
        # A client id is often what tokens call their subject.
        own = {principal_of(connection), f"User:{connection.user}"}
        permissions = tuple(
            sorted(
                Permission(
                    rule["Principal"],
                    action,
                    resource["ResourceName"],
                    resource["PatternType"] == _PREFIXED,
                    rule["PermissionType"] == _ALLOW,
                )
                for resource in answer["Resources"]
                for rule in resource["Acls"]
                # A refusal for one host is not one for all.
                if rule["Principal"] not in own and (rule["PermissionType"] == _ALLOW or rule["Host"] == "*")
                for action in _ACTIONS.get(rule["Operation"], ())
            )
        )
        told = PermissionsSeen(connection.server, permissions)
        return [*self._news.of([("permissions", told)]), *seen, *self._wide(permissions)]

    def _wide(self, permissions: tuple[Permission, ...]) -> list[Observation]:
        """Permissions that cover so many topics that they are not drawn."""
        names = [topic.name for topic in self._cluster.topics.values()]
        wide = {
            f"{one.principal} on {one.name}{'*' if one.prefix else ''}"
            for one in permissions
            if one.allowed
            and (one.name == "*" or (one.prefix and sum(map(one.covers, names)) > MOST_PERMITTED))
        }
        if not wide:
            return self._refusals.lifted(Sight.WIDE_PERMISSIONS)
        return self._refusals.tell(
            Sight.WIDE_PERMISSIONS,
            f"Permissions that cover many topics say nothing about any: {listing(wide)}.",
            f"List them: kafka-acls --bootstrap-server {self._cluster.connection.server.address} --list",
        )

    async def _left_out(self) -> list[Observation]:
        nobody = uuid4().hex
        topics = 0
        if (await self._cluster.version_of(BOOTSTRAP, "Metadata") or 0) >= _NOT_CREATING:
            asked = {"Topics": [{"Name": nobody}], "AllowAutoTopicCreation": False}
            topics = await self._code("Metadata", asked, "Topics")
        groups = await self._code("DescribeGroups", {"Groups": [nobody]}, "Groups")
        ids = await self._code("DescribeTransactions", {"TransactionalIds": [nobody]}, "TransactionStates")
        return [
            *self._told(Sight.ALL_TOPICS, topics == TOPIC_REFUSED),
            # Who may describe the cluster has all groups listed; those it may not describe are told.
            *self._told(
                Sight.ALL_GROUPS, groups == _GROUP_REFUSED and self._refusals.hides(Sight.PERMISSIONS)
            ),
            *self._told(Sight.ALL_TRANSACTIONS, ids == _TRANSACTION_REFUSED),
        ]

    async def _code(self, api: str, body: dict[str, object], field: str) -> int:
        """The error about a name that nobody has; 0 where the broker does not offer to be asked."""
        try:
            answer = await self._cluster.request(BOOTSTRAP, api, body)
        except Unsupported:
            return 0
        code: int = answer[field][0]["ErrorCode"]
        return code

    def _told(self, sight: Sight, refused: bool) -> list[Observation]:
        if not refused:
            return self._refusals.lifted(sight)
        kind = sight.value
        return self._refusals.tell(
            sight,
            f"Kafka leaves out {kind.nouns[1]} that this login may not describe, without a word.",
            self._refusals.command(kind.operation, kind.resource),
        )
