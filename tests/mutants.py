"""Change the rules one place at a time, and see whether a test notices: `make mutants`, `python -m tests.mutants dag`.

What it prints while it runs can be given to `--only`, which tries these mutants again and no others.

The changes are those of mutmut's operators. Its runner is not used: it leaves decorated functions alone, and every rule
is one (it reaches 2,752 of 8,482 places), and it collects the tests anew for each mutant. Here one process collects the
tests and notes which functions each reaches; a mutant is a fork of it in which a function has other code. What killed
another mutant of the function goes first, then the rows of the statements that the rule finds, then the tests of the
module's name.
"""

from __future__ import annotations
import __future__

import argparse
import csv
import gc
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType

import hypothesis
import libcst as cst
import pytest
from _pytest.runner import runtestprotocol
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor, OuterFunctionProvider
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from exkit.rules import RULES

ROOT = Path(__file__).parent.parent
MODULES = ("paths", "flows", "ports", "advice")
FILES = [ROOT / "exkit" / f"{name}.py" for name in MODULES] + sorted(ROOT.glob("exkit/rules/*.py"))
NAMES = ("paths", "flows", "advice", "cases", "customers")
TESTS = ["tests/rules", *(str(path) for name in NAMES for path in sorted(ROOT.glob(f"tests/test_{name}*.py")))]
PROCESSES = "not hash_seeds and not audit_hook"  # those start an interpreter of their own
KEPT = ROOT / "tests" / "mutants.csv"  # survivors that were looked at, and why they may live
GOAL = 90
STATEMENTS = {(rule.check.__module__, rule.check.__name__): rule.statements for rule in RULES}


@dataclass
class Mutant:
    """A change: `code` of the function it is in, or (without a function) of the module's tables from it on."""

    module: str
    function: str
    change: str
    file: str
    line: int
    lines: range  # of the function; of the whole module for a table
    make: Callable[[], CodeType]  # its code
    outcome: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.module, self.function, self.change


class Places(MutationVisitor):
    """mutmut's visitor, let into decorated functions and kept out of sentences: wording is no verdict."""

    METADATA_DEPENDENCIES = (PositionProvider, OuterFunctionProvider)
    left_out = 0

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return False
        if is_sentence(node) or (isinstance(node, cst.IfExp) and (is_sentence(node.body) or is_sentence(node.orelse))):
            self.left_out += 1
            return True
        return bool(super()._skip_node_and_children(node))


def is_sentence(node: cst.CSTNode) -> bool:
    text = isinstance(node, cst.SimpleString | cst.FormattedString | cst.ConcatenatedString)
    return text and " " in cst.Module([]).code_for_node(node)


def differing(before: str, after: str) -> str:
    """What differs, with a few characters around it."""
    texts = [" ".join(text.split()) for text in (before, after)]
    low = max(0, alike(*texts) - 30)
    high = max(0, alike(*(text[low + 30 :][::-1] for text in texts)) - 15)
    return " => ".join(text[low : len(text) - high] for text in texts)


def alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), min(len(one), len(other))
    )


def mutants_of(path: Path) -> tuple[list[Mutant], int]:
    """The mutants of a file, and how many sentences were left out."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    visitor = Places(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    positions, body = wrapper.resolve(PositionProvider), wrapper.module.body
    owners = {node: node.name.value for node in body if isinstance(node, cst.FunctionDef)}
    for kind in (node for node in body if isinstance(node, cst.ClassDef)):
        owners |= {n: f"{kind.name.value}.{n.name.value}" for n in kind.body.body if isinstance(n, cst.FunctionDef)}
    tables = [n for n in body if isinstance(n, cst.SimpleStatementLine) and is_table(n.body[0])]
    module = str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
    seen, found = Counter[str](), []
    for one in visitor.mutations:
        owner = one.contained_by_top_level_function
        if owner is None:
            owner = next((n for n in tables if any(c is one.original_node for c in walk(n))), None)
        if owner not in owners and owner not in tables:
            continue  # type aliases, fields of classes, values of enums
        change = differing(*(cst.Module([]).code_for_node(node) for node in (one.original_node, one.mutated_node)))
        name = owners.get(owner, "")
        seen[name + change] += 1
        change += f" #{seen[name + change]}" if seen[name + change] > 1 else ""
        first = min(positions[node].start.line for node in (owner, *getattr(owner, "decorators", ())))
        lines = range(first, positions[owner].end.line + 1) if name else range(positions[wrapper.module].end.line)
        line = positions[one.original_node].start.line
        later = [] if name else tables[tables.index(owner) + 1 :]
        found.append(Mutant(module, name, change, str(path), line, lines, partial(changed, owner, one, later)))
    return found, visitor.left_out


def is_table(node: cst.CSTNode) -> bool:
    """Whether it assigns a table: type aliases are none, nor is the list of a module's rules, which a test holds."""
    target = node.targets[0].target if isinstance(node, cst.Assign) else None
    rules = isinstance(target, cst.Name) and target.value == "RULES"
    return isinstance(node, cst.Assign | cst.AnnAssign) and not rules and not isinstance(node.value, cst.Subscript)


def changed(owner: cst.CSTNode, one: Mutation, later: list[cst.SimpleStatementLine]) -> CodeType:
    """The code of a function without its decorators, or of a table and those after it, with the change in it."""
    node = owner.deep_replace(one.original_node, one.mutated_node)
    if isinstance(node, cst.FunctionDef):
        node = node.with_changes(decorators=[])
    flags = __future__.annotations.compiler_flag
    return compile(cst.Module([node, *later]).code, "mutant", "exec", flags, dont_inherit=True)


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from walk(child)


class Run:
    """A pytest plugin: the tests once as they are, then once for each mutant in forks of this process."""

    def __init__(self, mutants: list[Mutant], jobs: int, most: int | None) -> None:
        self.mutants, self.jobs, self.most = mutants, jobs, most
        self.reached: dict[str, dict[int, set[int]]] = defaultdict(
            lambda: defaultdict(set)
        )  # file, line of code: tests
        self.seconds: list[float] = []
        self.killers: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = session.items
        for number, item in enumerate(self.items):
            hits: set[CodeType] = set()
            sys.setprofile(lambda frame, event, _, hits=hits: hits.add(frame.f_code) if event == "call" else None)
            start = time.perf_counter()
            passed = passes(item)
            sys.setprofile(None)
            self.seconds.append(time.perf_counter() - start)
            if not passed:
                raise pytest.UsageError(f"{item.nodeid} fails before anything is changed")
            for code in hits:
                self.reached[code.co_filename][code.co_firstlineno].add(number)
        self.live: dict[CodeType, list[FunctionType]] = defaultdict(list)
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and (one.__module__ or "").startswith("exkit."):
                self.live[one.__code__].append(one)
        gc.freeze()
        running: dict[int, tuple[Mutant, int]] = {}
        for number, mutant in enumerate(self.mutants):
            if len(running) == self.jobs:
                self.wait_for_one(running)
            pid, pipe = self.fork(mutant)
            running[pid] = mutant, pipe
            if number % 50 == 0:
                done = Counter(one.outcome or "running" for one in self.mutants[:number])
                print(f"{number} of {len(self.mutants)}: {dict(done)}", file=sys.stderr, flush=True)
        while running:
            self.wait_for_one(running)
        return True

    def fork(self, mutant: Mutant) -> tuple[int, int]:
        """A child that runs the tests which reach the mutant until one fails, and writes that one's number."""
        tests = self.likeliest_first(mutant)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writer)
            return pid, reader
        answer = "survived" if tests else "no test"
        try:
            self.install(mutant)
            for one in vars(sys.modules[mutant.module]).values():
                if hasattr(one, "cache_clear"):
                    one.cache_clear()  # what the parent worked out with the code as it was
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            for number in tests:
                signal.setitimer(signal.ITIMER_PROF, 1 + 5 * self.seconds[number])  # of the processor's time
                if not passes(self.items[number]):
                    answer = str(number)
                    break
        except Exception as error:
            answer = f"broken: {error!r}"
        os.write(writer, answer.encode())
        os._exit(0)

    def wait_for_one(self, running: dict[int, tuple[Mutant, int]]) -> None:
        pid, _ = os.wait()
        mutant, reader = running.pop(pid)
        answer = os.read(reader, 1000).decode()
        os.close(reader)
        mutant.outcome = (
            "killed" if answer.isdecimal() or (not mutant.function and "broken" in answer) else answer or "timeout"
        )
        if answer.isdecimal():
            self.killers[mutant.module, mutant.function][int(answer)] += 1
        else:
            print(f"{mutant.outcome}\t{mutant.module}:{mutant.line}\t{mutant.function}\t{mutant.change}", flush=True)

    def likeliest_first(self, mutant: Mutant) -> list[int]:
        family = {name for (module, _), names in STATEMENTS.items() if module == mutant.module for name in names}
        rows = STATEMENTS.get((mutant.module, mutant.function)) or family
        killed = self.killers[mutant.module, mutant.function]
        reached = self.reached[mutant.file]
        tests = set().union(*(found for line, found in reached.items() if line in mutant.lines))

        own = f"test_{mutant.module.rpartition('.')[2]}"

        def likely(number: int) -> tuple[int, bool, bool, bool, float]:
            item = self.items[number]
            row = getattr(item, "callspec", None) and item.callspec.params.get("row")
            named = own in item.nodeid
            unlike = getattr(row, "statement", "") not in rows
            return -killed[number], unlike, not named, row is not None, self.seconds[number]

        return sorted(tests, key=likely)[: self.most]

    def install(self, mutant: Mutant) -> None:
        """Give the changed code to every function that has the code of the original, however it is wrapped."""
        if not mutant.function:
            tables = vars(sys.modules[mutant.module])
            changed = dict(tables)
            exec(mutant.make(), changed)  # what raises here would raise on import
            modules = [one for name, one in sys.modules.items() if name.startswith(("exkit", "tests"))]
            for name, value in changed.items():
                for one in modules:
                    if name in tables and vars(one).get(name) is tables[name] and one is not sys.modules[mutant.module]:
                        setattr(one, name, value)
            tables.update(changed)
            return
        scope = dict(vars(sys.modules[mutant.module]))
        exec(mutant.make(), scope)
        new = scope[mutant.function.rpartition(".")[2]]
        old = next(
            code for code in self.live if code.co_filename == mutant.file and code.co_qualname == mutant.function
        )
        for function in self.live[old]:
            function.__defaults__, function.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
        self.give(old, new.__code__)

    def give(self, old: CodeType, new: CodeType) -> None:
        for function in self.live[old]:
            function.__code__ = new.replace(co_freevars=old.co_freevars) if not new.co_freevars else new
        if len(inner(old)) == len(inner(new)):
            for one, other in zip(inner(old), inner(new), strict=True):
                self.give(one, other)


def inner(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def passes(item: pytest.Item) -> bool:
    return all(report.passed for report in runtestprotocol(item, log=False, nextitem=None))


def survivors(file: Path) -> set[tuple[str, str, str]]:
    """The mutants that an earlier run printed, by their keys."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    return {(row[1].partition(":")[0], row[2], row[3]) for row in rows if len(row) > 3}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", help="such as dag or paths; all without")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--most", type=int, help="tests for each mutant, for a quick look; all without")
    parser.add_argument("--sample", type=int, help="so many mutants; all without")
    parser.add_argument("--seed", type=int, default=0, help="for another sample")
    parser.add_argument("--function", default="", help="this one only")
    parser.add_argument("--only", type=Path, help="what an earlier run printed: the mutants that survived it")
    given = parser.parse_args()
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, max_examples=50, phases=[hypothesis.Phase.generate]
    )
    start = time.perf_counter()
    found = [(path, *mutants_of(path)) for path in FILES if not given.modules or path.stem in given.modules]
    mutants = [one for _, made, _ in found for one in made if given.function in one.function]
    if given.only:
        before = survivors(given.only)
        mutants = [one for one in mutants if one.key in before]
    random.Random(given.seed).shuffle(mutants)  # so that the first ones are a sample
    mutants = mutants[: given.sample]
    run = Run(mutants, given.jobs, given.most)
    options = ["-q", "-o", "addopts=", "--assert=plain", "--tb=no", "-p", "no:cacheprovider", "-p", "no:logging"]
    pytest.main([*options, "--hypothesis-profile=mutants", "-k", PROCESSES, *TESTS], plugins=[run])
    with KEPT.open(encoding="utf-8", newline="") as file:
        kept = {(row["module"], row["function"], row["change"]): row["why"] for row in csv.DictReader(file)}
    for path, made, sentences in found:
        count = Counter(one.outcome.partition(":")[0] for one in made)
        print(f"{path.stem:20} {len(made):5} mutants  {dict(count)}  {sentences} sentences left out")
    left = [one for one in mutants if one.outcome not in ("killed", "timeout")]
    for one in left:
        print(f"{one.outcome}\t{one.module}:{one.line}\t{one.function}\t{one.change}\t{kept.get(one.key, '')}")
    rate = 100 * (1 - len(left) / max(1, len(mutants)))
    explained = sum(one.key in kept for one in left)
    print(
        f"{rate:.1f} of 100 of {len(mutants)} mutants noticed (goal {GOAL}); {len(left)} left, {explained} explained; "
    )
    print(f"{time.perf_counter() - start:.0f} s")
    return int(rate < GOAL)


if __name__ == "__main__":
    sys.exit(main())
