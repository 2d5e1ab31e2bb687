"""The registry of models: a version becomes the champion by an approval behind gates, and one act goes back."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.model.feature_tables import FeatureTable
from engine.runtime.database.protocol import Session
from engine.runtime.modeling.graphs import open_graph
from engine.runtime.modeling.model_files import FileAltered, answers_of, effect_bytes, graph_bytes
from engine.runtime.modeling.model_rights import check_approver
from engine.runtime.modeling.model_tables import (
    ModelAct,
    ModelVersion,
    VersionState,
    acts_of,
    add_act,
    champion_of,
    put_version,
    version_of,
)
from engine.runtime.modeling.schooling import check_parity, written
from engine.runtime.modeling.scoring import Answer, Scorer
from engine.runtime.work import Work

DEPLOYED, ROLLED_BACK = "deployed", "rolled_back"
MOST_LOADED = 8


class NothingLive(DougongError):
    """No version of a model answers."""

    code = "no_live_version"
    status = 409

    def __init__(self, model: str) -> None:
        words = Message(f"模型 {model} 没有上线的版本,请先上线", f"No version of {model} is live: deploy one first")
        super().__init__(words)


class NotDeployed(DougongError):
    """A gate of deploy is closed; `code` is the stable word of which."""

    status = 409

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(message)
        self.code = code


class Shelf:
    """Versions that are loaded, by the hash of their file; the least used goes first. One a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, Scorer] = OrderedDict()

    def scorer(self, folder: Path, version: ModelVersion) -> Scorer:
        """A version, loaded at first use. Raises FileAltered, NoRuntime."""
        with self._lock:
            found = self._loaded.get(version.content_hash)
            if found is None:
                found = Scorer(version.card, open_graph(graph_bytes(folder, version.content_hash)))
                self._loaded[version.content_hash] = found
            self._loaded.move_to_end(version.content_hash)
            while len(self._loaded) > MOST_LOADED:
                self._loaded.popitem(last=False)
            return found


def prove(folder: Path, version: ModelVersion) -> None:
    """The parity gate: the kept file answers its probe as its trainer did; of an effect, it is the card. For a worker's
    child. Raises NotAsTrained, FileAltered."""
    if version.is_effect:
        check_effect_file(folder, version)
        return
    content = graph_bytes(folder, version.content_hash)
    check_parity(content, version.card, answers_of(folder, version.content_hash).tobytes())


def check_effect_file(folder: Path, version: ModelVersion) -> None:
    """Whether an effect's card is the one that was accepted. Raises FileAltered."""
    if effect_bytes(folder, version.content_hash) != written(version.card):
        raise FileAltered(version.content_hash)


def deploy(work: Work, version: ModelVersion, reason: str, despite: bool = False) -> None:
    """Make a proven version the champion. `despite` opens the gates of judgement for a stated reason, never that of parity.

    Raises Forbidden for who may not approve it, NotDeployed.
    """
    check_approver(work, version)
    now = version_of(work.session, version.model, version.number)
    if now.state is VersionState.CHAMPION:
        raise NotDeployed("already_live", Message("这个版本已经上线", "This version is live already"))
    champion = champion_of(work.session, version.model)
    problem = _judged(now, champion)
    if problem is not None and not (despite and reason.strip()):
        raise problem
    if champion is not None:
        put_version(work.session, champion.id, VersionState.RETIRED)
    put_version(work.session, now.id, VersionState.CHAMPION)
    _note(work, now, DEPLOYED, champion, reason)


def roll_back(work: Work, model: str, reason: str) -> ModelVersion:
    """Put the version back that answered before; the version. Raises Forbidden, NotDeployed, NothingLive, FileAltered."""
    champion = champion_of(work.session, model)
    if champion is None:
        raise NothingLive(model)
    check_approver(work, champion)
    before = previous(work.session, model, champion.number)
    if before is None:
        raise NotDeployed(
            "nothing_before", Message("此前没有上线过别的版本", "No other version was live before this one")
        )
    found = version_of(work.session, model, before)
    if found.is_effect:
        check_effect_file(work.data_folder, found)
    else:
        graph_bytes(work.data_folder, found.content_hash)
    put_version(work.session, champion.id, VersionState.RETIRED)
    put_version(work.session, found.id, VersionState.CHAMPION)
    _note(work, found, ROLLED_BACK, champion, reason)
    return found


def previous(session: Session, model: str, champion: int) -> int | None:
    """The version that was live when the champion was last deployed: going back twice goes back two steps."""
    for act in acts_of(session, model):
        if act.act == DEPLOYED and act.version == champion:
            return act.before
    return None


def score(work: Work, shelf: Shelf, model: str, table: FeatureTable) -> tuple[ModelVersion, list[Answer]]:
    """The champion's answers to a table. Raises NothingLive, ColumnsDiffer, FileAltered."""
    champion = champion_of(work.session, model)
    if champion is None:
        raise NothingLive(model)
    scorer = shelf.scorer(work.data_folder, champion)
    return champion, scorer.answers(scorer.lines(table))


def _judged(version: ModelVersion, champion: ModelVersion | None) -> NotDeployed | None:
    """Which gate of judgement is closed: no better than the naive answer, or not shown to be better than the champion."""
    if version.is_effect:
        return _usable(version)
    gain = version.card["gain"]
    assert isinstance(gain, Mapping)
    if not gain["better"]:
        return NotDeployed(
            "no_better_than_naive",
            Message(
                "在留出的行上,这个版本并不比直接答平均值更准。请增加特征或数据;确要上线请说明理由(despite)",
                "On the held-out rows this version is no better than the plain average. Add features or rows; to deploy it all the same, give a reason (despite)",
            ),
        )
    if champion is None or version.state is VersionState.RETIRED:
        return None
    compared = version.compared or {}
    if compared.get("champion_number") != champion.number or not compared.get("same_rows"):
        return NotDeployed(
            "not_compared",
            Message(
                f"没有与现任版本 {champion.number} 在同一批较晚的行上比较过。请重新训练;确要上线请说明理由(despite)",
                f"It was not compared with the live version {champion.number} on the same later rows. Train again; to deploy it all the same, give a reason (despite)",
            ),
        )
    if not compared["better"]:
        return NotDeployed(
            "no_better_than_champion",
            Message(
                f"在同一批较晚的行上,没有显出比现任版本 {champion.number} 更准(95% 配对自助区间)。确要上线请说明理由(despite)",
                f"On the same later rows it is not shown to be better than the live version {champion.number} (95 % paired bootstrap). To deploy it all the same, give a reason (despite)",
            ),
        )
    return None


def _usable(version: ModelVersion) -> NotDeployed | None:
    """An effect that its own checks speak against goes live for a stated reason alone, and without a number even then."""
    if version.card["state"] == "known":
        return None
    return NotDeployed(
        "effect_unusable",
        Message(
            "这次估计没有通过自己的检查(符号异常、重叠不足或安慰剂检验不过),不给出数值。确要上线以告知使用者,请说明理由(despite)",
            "This estimate did not pass its own checks (sign, overlap or placebo) and gives no number. To put it live so that people are told, give a reason (despite)",
        ),
    )


def _note(work: Work, version: ModelVersion, act: str, before: ModelVersion | None, reason: str) -> None:
    user = work.context.principal.user_id or None
    number = None if before is None else before.number
    done = ModelAct(version.model, version.number, act, number, reason.strip()[:500], work.context.now, user)
    add_act(work.session, work.ids.next(), done)
