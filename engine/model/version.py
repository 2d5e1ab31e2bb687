"""The version of the product that runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def product_version() -> str:
    """The installed version, empty when the product is run from a folder that was never installed."""
    try:
        return version("dougong")
    except PackageNotFoundError:
        return ""


def numbers_of(version: str) -> tuple[int, ...]:
    """The numbers of a version that order it; what follows them does not."""
    return tuple(int(part) for part in version.split("+", maxsplit=1)[0].split(".") if part.isdecimal())


def is_older(one: str, other: str) -> bool:
    """Whether a version comes before another. One that is not known comes before none."""
    return bool(one) and bool(other) and numbers_of(one) < numbers_of(other)
