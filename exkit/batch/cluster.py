"""Reports made on more than one machine, by a dask scheduler and its workers. An optional extra: `exkit[cluster]`.

All machines see the same folder of reports, the topology files, and the same version of exkit. A worker sees each
report through as this machine would; what a lost worker had in hand is given to another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager


@contextmanager
def scheduled(address: str | None) -> Iterator[Executor | None]:
    """The executor behind an address such as `tcp://head:8786`; None without one.

    Raises ValueError when dask is not installed or nobody answers there.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("--scheduler needs dask.distributed: pip install 'exkit[cluster]'") from None
    # Of what is no address dask makes half a client, which complains for itself when it is thrown away.
    if not re.fullmatch(r"(\w+://)?[^/\s]+:\d+", address):
        raise ValueError(f"--scheduler: {address!r} is no address; write it like tcp://head:8786")
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(f"--scheduler: nobody answers at {address}: {error}") from None
    with client:
        yield client.get_executor(pure=False, retries=2)
