"""Kinds that are read as they are written: packs, roles, units, sources, destinations, channels, rules, policies."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, Message
from engine.dsl.destination_checks import LONG_AGO, check_destination, day_of
from engine.dsl.part import Part, PassContext, frozen_map
from engine.dsl.source_checks import check_source
from engine.dsl.suggestions import listed
from engine.model.access import Role
from engine.model.app import NavigationGroup, Pack
from engine.model.channels import Channel
from engine.model.organisation import Seat, UnitKind
from engine.model.policies import Policy, Rule
from engine.model.sources import Destination, Evidence, Source
from engine.model.version import is_older, product_version


def compile_packs(context: PassContext) -> Iterator[Pack | Diagnostic]:
    for part in context.parts("pack"):
        needs, have = part.text("needs"), product_version()
        if is_older(have, needs):
            yield part.problem("E130", "needs", needs=needs, have=have)
        yield Pack(
            name=part.name,
            label=part.label(),
            version=part.text("version", "0.0.0"),
            languages=part.names("languages") or ("zh", "en"),
            requires=part.names("requires"),
            navigation=tuple(_group(group) for group in part.items("navigation")),
            icon=part.text("icon", "box"),
            description=part.label("description"),
            is_app=part.flag("app", True),
        )


def _group(part: Part) -> NavigationGroup:
    return NavigationGroup(part.id, part.label(), part.names("pages"), part.text("icon", "file"))


def compile_roles(context: PassContext) -> Iterator[Role | Diagnostic]:
    for part in context.parts("roles"):
        yield Role(
            name=part.name,
            label=part.label(),
            place=part.place,
            description=part.label("description"),
            home=part.optional("home"),
            navigation=part.names("navigation"),
            tabs=part.names("tabs"),
            administers=part.flag("administers"),
            designs=part.flag("designs"),
            publishes=part.flag("publishes"),
            designs_packs=part.names("designs_packs"),
            designs_kinds=part.names("designs_kinds"),
            shares_views=part.flag("shares_views"),
            answers_subjects=part.flag("answers_subjects"),
            secures=part.flag("secures"),
            pack=part.pack,
        )


def compile_units(context: PassContext) -> Iterator[UnitKind | Diagnostic]:
    for part in context.parts("units"):
        yield UnitKind(
            name=part.name,
            label=part.label(),
            place=part.place,
            parents=part.names("parents"),
            seats=tuple(_seat(seat) for seat in part.items("seats")),
            icon=part.text("icon", "building"),
        )


def _seat(part: Part) -> Seat:
    return Seat(part.id, part.label(), part.names("roles"), part.flag("head"), part.count("count"))


def compile_sources(context: PassContext) -> Iterator[Source | Diagnostic]:
    for part in context.parts("sources"):
        yield from check_source(part)
        filled = [name for name, _ in part.entries("fields")]
        for index, name in enumerate(part.names("key")):
            if name not in filled:
                what = Message("对应的字段", "mapped field")
                listing = listed(filled)
                yield part.problem("E317", "key", index, what_zh=what.zh, what_en=what.en, name=name, allowed=listing)
        yield Source(
            name=part.name,
            label=part.label(),
            place=part.place,
            kind=part.text("kind"),
            entity=part.text("entity"),
            key=part.names("key"),
            fields={name: str(column) for name, column in part.entries("fields")},
            destination=part.optional("destination"),
            settings=part.settings("settings"),
            schedule=part.optional("schedule"),
            roles=part.names("roles"),
        )


def compile_destinations(context: PassContext) -> Iterator[Destination | Diagnostic]:
    for part in context.parts("destinations"):
        yield from check_destination(part)
        evidence = part.settings("evidence")
        yield Destination(
            name=part.name,
            label=part.label(),
            place=part.place,
            scheme=part.text("scheme", "https"),
            host=part.text("host"),
            port=part.whole("port", 443),
            jurisdiction=part.text("jurisdiction", "CN"),
            max_level=part.text("max_level", "G1"),
            purposes=frozenset(part.names("purposes")),
            owner=part.label("owner"),
            allow_private=part.flag("allow_private"),
            operator=part.label("operator"),
            nets=part.names("nets"),
            pins=part.names("pins"),
            evidence=Evidence(str(evidence["id"]), day_of(str(evidence["until"])) or LONG_AGO) if evidence else None,
            persons=part.count("persons_per_year"),
            sensitive=part.count("sensitive_per_year"),
            folder=part.text("folder"),
        )


_SETTINGS = ("sender", "user", "encryption", "corporation", "agent", "secret", "signing")
"""The keys of a channel that its notifier reads."""
_ROBOTS = frozenset({"wecom_robot", "dingtalk_robot", "feishu_robot"})
"""Channels whose messages a whole group reads."""


def compile_channels(context: PassContext) -> Iterator[Channel | Diagnostic]:
    for part in context.parts("channels"):
        kind = part.text("type")
        own = {name: part.value[name] for name in _SETTINGS if part.has(name)}
        yield Channel(
            name=part.name,
            label=part.label(),
            place=part.place,
            type=kind,
            notifier=part.text("notifier", kind),
            destination=part.text("destination"),
            titles=part.flag("titles", kind not in _ROBOTS),
            address=part.text("address"),
            domains=part.names("domains"),
            per_minute=part.whole("per_minute", 20),
            settings=frozen_map({**part.settings("settings"), **own}),
        )


def compile_rules(context: PassContext) -> Iterator[Rule | Diagnostic]:
    for part in context.parts("rules"):
        when = part.formula("when")
        if when is not None:
            yield Rule(
                name=part.name,
                label=part.label(),
                place=part.place,
                entity=part.text("entity"),
                when=when,
                effect=part.text("effect", "warn"),
                message=part.label("message"),
                fields=part.names("fields"),
            )


def compile_policies(context: PassContext) -> Iterator[Policy | Diagnostic]:
    for part in context.parts("policies"):
        yield Policy(
            name=part.name,
            label=part.label(),
            place=part.place,
            enabled=part.flag("enabled", True),
            clauses=tuple(frozen_map({**clause.value, "label": clause.label()}) for clause in part.items("clauses")),
            settings=part.settings("settings"),
            description=part.label("description"),
        )
