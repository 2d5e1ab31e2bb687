"""Versions of what was learnt: shown in words, put live, taken back. Models and effects are kept alike."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.data import context_of_account
from engine.cli.opening import opened, writing
from engine.diagnostics import DougongError, Message
from engine.model.context import Context
from engine.runtime.modeling.card_words import Section
from engine.runtime.modeling.model_registry import deploy, prove, roll_back
from engine.runtime.modeling.model_tables import ModelVersion, champion_of, version_of, versions_of
from engine.runtime.settings import Settings

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class LearntKind:
    """A kind of what is learnt: its word in results and among people, what its names begin with where they are kept, and a
    version of it in words and as data in a language."""

    word: str
    label: Message
    key: str
    sections: Callable[[ModelVersion], tuple[Section, ...]]
    body: Callable[[ModelVersion, str], Mapping[str, object]]

    def show(self, given: argparse.Namespace, settings: Settings, console: Console) -> int:
        """A version in words; without a version the live one, or the newest."""
        with opened(settings) as installation:
            version = self._version(installation, given)
            self.say(version, console)
            console.result(self.body(version, console.language))
            return 0

    def put_live(self, given: argparse.Namespace, settings: Settings, console: Console) -> int:
        """Make a version the one that answers, checked, with the rights of a user."""
        if given.version is None:
            raise DougongError(Message("请用 --version 指明版本", "Say which version by --version"))
        with writing(settings) as installation:
            version = self._version(installation, given)
            prove(installation.workplace.data_folder, version)
            context = _approver(installation, given)
            installation.workplace.write(context, lambda work: deploy(work, version, given.reason, given.despite))
            number = version.number
            self._tell(version, console, Message(f"版本 {number} 已上线", f"version {number} is live"))
            return 0

    def go_back(self, given: argparse.Namespace, settings: Settings, console: Console) -> int:
        """Put the version back that answered before."""
        with writing(settings) as installation:
            context, name = _approver(installation, given), self.key + given.name
            version = installation.workplace.write(context, lambda work: roll_back(work, name, given.reason))
            number = version.number
            self._tell(version, console, Message(f"已退回版本 {number}", f"is back at version {number}"))
            return 0

    def say(self, version: ModelVersion, console: Console) -> None:
        """A version in words."""
        console.line(f"{version.name} {version.number} ({version.state})")
        for section in self.sections(version):
            console.line(f"\n{section.title.text(console.language)}")
            for line in section.lines:
                console.line(f"  {line.text(console.language)}")

    def _tell(self, version: ModelVersion, console: Console, done: Message) -> None:
        console.say(f"{version.name} {done.zh}", f"{version.name} {done.en}")
        console.result({self.word: version.name, "version": version.number, "state": "champion"})

    def _version(self, installation: Installation, given: argparse.Namespace) -> ModelVersion:
        name = self.key + given.name
        if given.version is not None:
            return read(installation, lambda session: version_of(session, name, given.version))
        live = read(installation, lambda session: champion_of(session, name))
        found = [live] if live is not None else read(installation, lambda session: versions_of(session, name))
        if not found:
            missing = Message(f"没有{self.label.zh} {given.name}", f"There is no {self.label.en} {given.name}")
            raise DougongError(missing)
        return found[0]


def read(installation: Installation, act: Callable[..., Result]) -> Result:
    """What an act reads of the database."""
    return installation.database.read(act)


def _approver(installation: Installation, given: argparse.Namespace) -> Context:
    """The account that approves. Raises DougongError where none is named."""
    if not given.user:
        raise DougongError(Message("需要 --user:由谁批准", "--user is needed: who approves it"))
    return context_of_account(installation, given.user)
