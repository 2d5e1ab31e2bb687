"""The crew of threads: one works while work moves on, others step in while a unit is slow, all ends in order."""

from __future__ import annotations

import asyncio
import threading

import pytest

from engine.web.crew import Crew


def test_quick_units_share_one_thread() -> None:
    crew = Crew(base=1, most=4)

    async def many() -> set[str]:
        return set(await asyncio.gather(*(crew.run(lambda: threading.current_thread().name) for _ in range(50))))

    assert len(asyncio.run(many())) == 1
    crew.close()


def test_a_slow_unit_does_not_hold_up_the_others() -> None:
    crew, go_on = Crew(base=1, most=2), threading.Event()

    async def mixed() -> int:
        slow = asyncio.create_task(crew.run(go_on.wait))
        found = await asyncio.gather(*(crew.run(lambda: 1) for _ in range(20)))
        assert not slow.done()
        go_on.set()
        await slow
        return sum(found)

    assert asyncio.run(mixed()) == 20
    crew.close()


def test_no_more_threads_than_allowed() -> None:
    crew, go_on, busy = Crew(base=1, most=2), threading.Event(), threading.Semaphore(0)

    def hold() -> str:
        busy.release()
        go_on.wait()
        return threading.current_thread().name

    async def crowd() -> set[str]:
        tasks = [asyncio.create_task(crew.run(hold)) for _ in range(5)]
        for _ in range(2):
            while not busy.acquire(blocking=False):
                await asyncio.sleep(0)
        go_on.set()
        return set(await asyncio.gather(*tasks))

    assert len(asyncio.run(crowd())) == 2
    crew.close()


def test_what_a_unit_raises_is_raised_to_its_caller_alone() -> None:
    crew = Crew(base=1, most=1)

    async def two() -> int:
        with pytest.raises(ZeroDivisionError):
            await crew.run(lambda: 1 // 0)
        return await crew.run(lambda: 7)

    assert asyncio.run(two()) == 7
    crew.close()
