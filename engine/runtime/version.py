"""The version of the product that runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def product_version() -> str:
    """The installed version, empty when the product is run from a folder that was never installed."""
    try:
        return version("dougong")
    except PackageNotFoundError:
        return ""
