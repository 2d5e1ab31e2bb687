"""Jobs that leave the database, by kind: what a runner of jobs needs to do all that may be due."""

from __future__ import annotations

from collections.abc import Mapping

from engine.extensions import Worker
from engine.installation.demo_models import DemoTeacher
from engine.installation.demonstrating import Demonstrator
from engine.installation.housekeeping import Housekeeper
from engine.installation.job_runner import Outside
from engine.installation.key_keeping import KeyKeeper
from engine.runtime.demo.ordering import TEACH
from engine.runtime.demo.progress import Progress
from engine.runtime.modeling.model_watches import WATCH, ModelWatcher
from engine.runtime.modeling.trainings import TRAIN, School
from engine.runtime.nodes.registry import NodeRegistry, installed_nodes
from engine.runtime.notifying.composing import Letters
from engine.runtime.notifying.deliveries import DELIVER
from engine.runtime.notifying.delivering import Deliverer
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.egress import gate_of
from engine.runtime.sovereignty.level_scanning import SCAN, LevelScanner
from engine.runtime.sovereignty.subjects.running import SUBJECT_JOB
from engine.runtime.themes.learning import LEARN, Student
from engine.runtime.transfer.runs import IMPORT_JOB, ImportRunner
from engine.runtime.workflow.flow_calls import FlowCaller
from engine.runtime.workflow.flow_driver import CALL
from engine.web.bulk_runs import BULK_JOB, BulkRunner


def outside_steps(
    settings: Settings,
    housekeeper: Housekeeper,
    student: Student,
    letters: Letters | None = None,
    press: Worker | None = None,
    making: Progress | None = None,
    school: School | None = None,
    eraser: Outside | None = None,
) -> Mapping[str, Outside]:
    """The jobs of an installation that open transactions of their own."""
    workplace, clock = housekeeper.workplace, housekeeper.clock
    gate = gate_of(workplace, clock, settings.authorities)
    schooling: Mapping[str, Outside] = {}
    if school is not None:
        watcher = ModelWatcher(school.worker, clock, settings.zone, settings.train_memory)
        schooling = {TRAIN: school, WATCH: watcher, TEACH: DemoTeacher(school)}
    return {
        **({} if eraser is None else {SUBJECT_JOB: eraser}),
        **schooling,
        **housekeeper.steps(),
        **KeyKeeper(workplace, housekeeper.live, clock).steps(),
        LEARN: student,
        SCAN: LevelScanner(settings.zone),
        CALL: FlowCaller(gate, NodeRegistry(installed_nodes()), settings.zone),
        DELIVER: Deliverer(gate, housekeeper.live, letters=letters, press=press),
        IMPORT_JOB: ImportRunner(clock),
        **Demonstrator(settings, clock, making or Progress()).steps(),
        BULK_JOB: BulkRunner(clock),
    }
