"""The quick tests first: who breaks something hears of it before browsers and kernels start."""

from __future__ import annotations

import pytest

SLOW = ("tests/browser/", "tests/test_batch", "tests/test_notebooks", "tests/test_report", "tests/test_wheel")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.nodeid.startswith(SLOW))
