"""The quick tests first: who breaks something hears of it before browsers and kernels start."""

from __future__ import annotations

import hypothesis
import pytest

# How quickly a machine draws examples says nothing of what is tested, and machines are noisy.
hypothesis.settings.register_profile(
    "exkit",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
hypothesis.settings.load_profile("exkit")

SLOW = (
    "tests/browser/",
    "tests/batch/",
    "tests/tutor/test_lessons",
    "tests/test_notebooks",
    "tests/test_report",
    "tests/test_wheel",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.nodeid.startswith(SLOW))
