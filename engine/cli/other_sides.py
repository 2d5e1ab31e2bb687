"""`dougong simulate <kind>`: the other side of a connector as a server on this machine, with faults that are switched on."""

from __future__ import annotations

import argparse

import uvicorn

from engine.cli.console import Console
from engine.diagnostics import DougongError, Message
from engine.runtime.settings import Settings
from engine.runtime.sources.simulators import simulators

HOST = "127.0.0.1"


class NoSuchSimulator(DougongError):
    """Neither is a record given for a flow, nor is there a simulator of that name."""

    code = "no_such_simulator"


def serve_simulator(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Serve the other side of a kind until somebody ends it. Raises NoSuchSimulator."""
    known = simulators()
    spec = known.get(given.flow)
    if spec is None:
        raise NoSuchSimulator(
            Message(
                f"没有 {given.flow} 的模拟器，可用：{'、'.join(known)}；试运行流程请加 --record 或 --row",
                f"There is no simulator of {given.flow}; known: {', '.join(known)}. To try a flow, give --record or --row",
            )
        )
    console.say(
        f"{spec.label.text('zh')} 模拟器：http://{HOST}:{given.port}  {spec.entry.text('zh')}",
        f"Simulator of {spec.label.text('en')}: http://{HOST}:{given.port}  {spec.entry.text('en')}",
    )
    console.say(
        '注入故障：向 /_simulator/faults POST {"reset": 2}；{} 全部关闭',
        'Faults: POST {"reset": 2} to /_simulator/faults; {} ends them all',
    )
    uvicorn.run(spec.make(given.seed), host=HOST, port=given.port, log_level="warning", server_header=False)
    return 0
