"""papermill's engine `exkit-fork` gives the notebook that papermill's own engine gives, cell by cell."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from exkit.batch.engine import TimeIsUp
from tests.batch.notebooks import UUID, notebook, ran

KIT = sorted((Path(__file__).parents[2] / "notebooks").rglob("*.ipynb"))
NASTY = {
    "values, prints and displays in order": (
        "1 + 1", "print('a'); 'b'", "None", "import sys; print('out'); print('err', file=sys.stderr); [1, {2: 3}]",
        "_ ; _2, In[1], Out[1], len(In)", "x = 5;", "x", "x;",
    ),
    "rich displays": (
        "from IPython.display import *\ndisplay(HTML('<b>x</b>'), Markdown('# y'), Latex('$z$'))",
        "class Rich:\n    def _repr_html_(self): return '<i>r</i>'\n    def _repr_mimebundle_(self, **k):"
        " return {'text/plain': 'p', 'x/y': 'z'}, {'x/y': {'m': 1}}\nRich()",
        "Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(40), format='png', width=3)",
        "JSON({'a': [1, (2, 3)]})", "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
        "data = {'a': [1]}\ndisplay(JSON(data))\ndata['a'].append(2)",
        "class Broken:\n    def __repr__(self): raise ValueError('no repr')\nBroken()",
    ),
    "displays that change later": (
        "from IPython.display import *\nh = display('one', display_id=True)", "h.update('two')",
        "display('three', display_id='mine')", "update_display(HTML('four'), display_id='mine'); h.display('five')",
        "h.update('six')",
    ),
    "clear_output": (
        "from IPython.display import *\nprint('gone'); clear_output(); print('stays')",
        "print('gone later'); clear_output(wait=True); print('stays')", "print('stays'); clear_output(wait=True)",
        "for i in range(50):\n    clear_output(wait=True); print(i)",
    ),
    "output to the file descriptors": (
        "import os, subprocess, sys, time\nprint('one', flush=True)\nos.write(1, b'two\\n'); time.sleep(0.6)",
        "print('before', flush=True)\nsubprocess.run(['echo', 'child'], check=True); time.sleep(0.6)",
        "subprocess.run('echo wrong >&2', shell=True); time.sleep(0.6)", "!echo shell",
        "%%bash\necho bash; echo err >&2",
        "sys.stdout.isatty(), sys.stdout.encoding, sys.stdin.closed",
    ),
    "top-level await and tasks": (
        "import asyncio\nawait asyncio.sleep(0.01)\n'slept'",
        "async def count():\n    for i in range(3):\n        print(i); await asyncio.sleep(0.001)\nawait count()",
        "task = asyncio.create_task(count()); asyncio.get_running_loop().is_running()", "await task",
        "await asyncio.gather(*(asyncio.sleep(0, i) for i in range(3)))",
        "async with asyncio.timeout(5): print('in time')",
    ),
    "threads and processes": (
        "import threading, time\nt = threading.Thread(target=lambda: print('thread')); t.start(); t.join()",
        "from concurrent.futures import ThreadPoolExecutor\nlist(ThreadPoolExecutor(3).map(lambda n: n * n, range(5)))",
        "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=lambda: None).start()",
        "import os\npid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0)[1]",
        "class Here: pass\nimport pickle; type(pickle.loads(pickle.dumps(Here()))) is Here, Here.__module__",
    ),
    "an exception": ("print('before')", "def f(): raise KeyError('no')\nf()", "print('never')"),
    "a syntax error": ("1", "a b c", "2"),
    "an exception in an exception": (
        "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e",),
    "SystemExit": ("print('a')", "import sys; sys.exit(3)", "print('b')"),
    "SystemExit without a status": ("import sys; sys.exit()", "print('b')"),
    "exit()": ("print('a'); exit()", "print('b')"),
    "input": ("input('? ')",),
    "a cell that asks to be interrupted": ("raise KeyboardInterrupt",),
    "huge output": ("print('x' * 3_000_000)", "for i in range(20_000): print(i)", "'y' * 200_000"),
    "strange text": ("print('\\x1b[31mred\\r\\b\\x00\\u202e Zürich 日本 🏢')", "'\\ud800'.encode('utf-8', 'replace')"),
    "warnings and logging": (
        "import warnings; warnings.warn('careful')", "import logging; logging.warning('logged')",
        "import logging, sys; logging.getLogger('x').addHandler(logging.StreamHandler(sys.stdout));"
        " logging.getLogger('x').error('to out')",
    ),
    "magics": ("%who", "%%capture c\nprint('kept')", "c.stdout", "%timeit -n1 -r1 -q pass", "?print", "%lsmagic;",),
    "widgets": (
        "import ipywidgets as w\ns = w.IntSlider(value=3); s", "s.value = 7; s.value",
        "o = w.Output(); display(o)\nwith o: print('inside'); display('too')", "o.outputs",
        "w.VBox([w.Label('a'), w.HTML('<b>b</b>')])",
        "with o:\n    from IPython.display import clear_output\n    clear_output(); print('after')", "o.outputs",
    ),
    "state of the process": (
        "import os, sys\nos.environ['X'] = '1'; sys.path.append('/x'); __name__, sys.modules['__main__'].__name__",
        "os.environ['X'], os.getcwd() == os.environ.get('PWD', os.getcwd()), get_ipython().__class__.__name__",
        "sorted(n for n in globals() if not n.startswith('_'))",
    ),
}  # fmt: skip


def by(engine: str | None, source: nbformat.NotebookNode | str, out: Path, **more: object) -> nbformat.NotebookNode:
    """The notebook as an engine leaves it, errors included."""
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # a real kernel leaves file descriptor 1 alone when it sees this
    if engine is None:
        more = {"execution_timeout": 60, **more}
    run = partial(papermill.execute_notebook, source, str(out), engine_name=engine, progress_bar=False, **more)
    with contextlib.suppress(PapermillExecutionError):
        try:
            run(request_save_on_cell_execute=False)
        except (
            CellTimeoutError
        ):  # now and then a stock kernel loses a message and waits for ever: it is the measure here
            run(request_save_on_cell_execute=False)
    return nbformat.read(out, as_version=4)


def widget_states(notebook: nbformat.NotebookNode) -> list[str]:
    """What the widgets hold, without their ids, which are drawn anew each time and decide the order."""
    kept = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    return sorted(UUID.sub("id", repr(state)) for state in kept.values())


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_notebook_comes_out_the_same(name: str, tmp_path: Path) -> None:
    one, other = (by(engine, notebook(*NASTY[name]), tmp_path / f"{engine}.ipynb") for engine in (None, "exkit-fork"))
    for stock, forked in zip(ran(one), ran(other), strict=True):
        assert forked == stock
    assert widget_states(other) == widget_states(one)
    assert other.metadata.get("language_info") == one.metadata.get("language_info")
    told = [[cell.metadata.get("papermill", {}).get("status") for cell in each.cells] for each in (one, other)]
    assert told[0] == told[1]


@pytest.mark.parametrize("file", KIT, ids=lambda file: file.stem)
def test_every_notebook_of_the_kit_comes_out_the_same(file: Path, tmp_path: Path) -> None:
    one, other = (
        by(engine, str(file), tmp_path / f"{engine}.ipynb", cwd=file.parent) for engine in (None, "exkit-fork")
    )
    for stock, forked in zip(ran(one), ran(other), strict=True):
        assert forked == stock


def test_the_papermill_command_finds_the_engine(tmp_path: Path) -> None:
    nbformat.write(notebook("x * 2", parameters="x: int = 1"), tmp_path / "in.ipynb")
    command = [sys.executable, "-m", "papermill", "--engine", "exkit-fork", "-p", "x", "21", "in.ipynb", "out.ipynb"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[-1].outputs[0].data["text/plain"] == "42"


def test_an_unknown_parameter_is_refused_and_the_known_ones_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no parameter y; it has x"):
        by("exkit-fork", notebook("x", parameters="x: int = 1"), tmp_path / "o.ipynb", parameters={"y": 2})


def test_a_notebook_in_another_language_is_refused(tmp_path: Path) -> None:
    made = notebook("1")
    made.metadata.kernelspec["language"] = "R"
    with pytest.raises(ValueError, match="this notebook is in R"):
        by("exkit-fork", made, tmp_path / "o.ipynb")


def test_nothing_leaks_from_one_notebook_into_the_next_or_into_the_caller(tmp_path: Path) -> None:
    leave = "import os, sys, json\nos.environ['LEAK'] = '1'; os.chdir('/'); json.leak = 1; sys.path.append('/leak')"
    look = "import os, sys, json\n'LEAK' in os.environ, os.getcwd() == '/', hasattr(json, 'leak'), '/leak' in sys.path"
    by("exkit-fork", notebook(leave), tmp_path / "a.ipynb")
    seen = by("exkit-fork", notebook(look, "len(In)"), tmp_path / "b.ipynb").cells
    assert [cell.outputs[0].data["text/plain"] for cell in seen] == ["(False, False, False, False)", "3"]
    assert "LEAK" not in os.environ


def test_chance_is_not_the_same_in_each_notebook(tmp_path: Path) -> None:
    cell = "import random, numpy, uuid\nrandom.random(), numpy.random.random(), uuid.uuid4().hex"
    seen = {by("exkit-fork", notebook(cell), tmp_path / f"{n}.ipynb").cells[0].outputs[0].data["text/plain"]
            for n in range(2)}  # fmt: skip
    assert len(seen) == 2


def test_a_cell_that_takes_too_long_is_ended_as_papermill_would(tmp_path: Path) -> None:
    for engine in (None, "exkit-fork"):
        with pytest.raises(CellTimeoutError):
            by(engine, notebook("print('a')", "while True: pass"), tmp_path / "o.ipynb", execution_timeout=1)
        saved = nbformat.read(tmp_path / "o.ipynb", 4) if (tmp_path / "o.ipynb").exists() else None
        assert saved is None or saved.cells[0].outputs


def test_a_notebook_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(TimeIsUp, match="longer than 1 s"):
        by("exkit-fork", notebook("import time\ntime.sleep(300)"), tmp_path / "o.ipynb", notebook_timeout=1)
    assert time.monotonic() - began < 60


def test_a_kernel_that_dies_is_told_as_papermill_would(tmp_path: Path) -> None:
    for engine in (None, "exkit-fork"):
        with pytest.raises(DeadKernelError):
            by(engine, notebook("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"), tmp_path / "o.ipynb")


def test_memory_beyond_the_limit_is_an_error_of_the_cell(tmp_path: Path) -> None:
    cells = ("'x'", "data = bytearray(900_000_000)", "'never'")
    saved = by("exkit-fork", notebook(*cells), tmp_path / "o.ipynb", memory_limit=300)
    assert [output.ename for cell in saved.cells for output in cell.get("outputs", ()) if "ename" in output] == [
        "MemoryError"
    ]


def test_what_a_notebook_started_ends_with_it(tmp_path: Path) -> None:
    cell = "import subprocess\nsubprocess.Popen(['sleep', '1234']).pid"
    pid = int(by("exkit-fork", notebook(cell), tmp_path / "o.ipynb").cells[0].outputs[0].data["text/plain"])
    for _ in range(50):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    pytest.fail("it is still there")


def test_a_file_left_open_is_written_at_the_end(tmp_path: Path) -> None:
    by("exkit-fork", notebook(f"f = open({str(tmp_path / 'left')!r}, 'w'); f.write('text')"), tmp_path / "o.ipynb")
    assert (tmp_path / "left").read_text() == "text"


def test_a_module_in_the_current_folder_is_not_taken_for_a_library(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('taken')")
    (tmp_path / "nbformat.py").write_text("raise SystemExit('taken')")
    code = (
        "from exkit.batch import forks; import operator, sys; sys.path[:] = [p for p in sys.path if p];"
        "child = forks.start(print, folder='/'); assert child.ended(60); assert child.how_it_ended() == "
        "'ended by itself (status 0)', child.how_it_ended()"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
