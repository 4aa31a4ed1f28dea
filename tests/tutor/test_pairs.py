"""Minimal pairs: each can be made, says something, and what cannot be made is told by name."""

from __future__ import annotations

import pytest

from exkit.facts import FactsError
from exkit.teaching import PairRow
from exkit.tutor.pairs import pairs_of
from exkit.tutor.wording import edit_words
from exkit.verdict import Verdict
from tests.tutor.learner import all_pairs, everything

MOST_STEPS = 8


def row(**cells: str) -> PairRow:
    base = {"pair": "one", "pattern": "recommended-2010", "op": "change", "section": "servers", "name": "CAS1"}
    return PairRow.model_validate(base | {"field": "zone", "value": "dmz"} | cells)


def refused(*rows: PairRow) -> str:
    with pytest.raises(FactsError) as caught:
        pairs_of(rows)
    return str(caught.value)


def test_both_halves_of_every_pair_name_their_day() -> None:
    assert all_pairs()
    assert not [pair.name for pair in all_pairs() if not (pair.before.as_of and pair.after.as_of)]


def test_every_pair_is_a_small_edit_that_is_told_in_words() -> None:
    for pair in all_pairs():
        assert 1 <= len(pair.steps) <= MOST_STEPS, pair.name
        words = edit_words(pair.before, pair.steps)
        assert words and "a list of" not in words and "None" not in words, (pair.name, words)


def test_every_pair_turns_something_that_can_be_asked_about() -> None:
    assert not [pair.name for pair in all_pairs() if not list(everything().questions_of(pair))]


def test_no_two_pairs_are_the_same() -> None:
    seen: dict[str, str] = {}
    for pair in all_pairs():
        twin = seen.setdefault(pair.before.digest() + pair.after.digest(), pair.name)
        assert twin == pair.name, f"{pair.name} is {twin} again"


def test_most_pairs_begin_with_a_sound_topology() -> None:
    fine = (Verdict.SUPPORTED, Verdict.CONDITIONAL)
    sound = [pair for pair in all_pairs() if everything().advice(pair, "before").verdict("topology") in fine]
    assert len(sound) >= 0.75 * len(all_pairs())


def test_the_steps_of_a_pair_are_made_in_their_order() -> None:
    (pair,) = pairs_of(
        [
            row(op="add", section="zones", name="", field="", value="{name: new-lan, kind: internal}"),
            row(value="new-lan"),
            row(op="rename", section="zones", name="new-lan", field="", value="server-lan"),
        ]
    )
    assert [server.zone for server in pair.after.servers if server.name == "CAS1"] == ["server-lan"]


def test_a_blank_value_makes_a_field_not_known() -> None:
    (pair,) = pairs_of([row(field="site", value="")])
    assert [server.site for server in pair.after.servers if server.name == "CAS1"] == [None]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"name": "CAS7"}, "there is no 'CAS7' in servers"),
        ({"value": "moon"}, "refers to no zone of this file"),
        ({"value": "[lan"}, "is no YAML"),
        ({"value": "lan"}, "it changes nothing"),
        ({"section": "", "name": "", "field": "as_of", "value": ""}, "both halves of a pair name their day"),
        ({"op": "add", "name": "", "field": "", "value": "CAS2"}, "must be an edit that can be made"),
    ],
)
def test_an_edit_that_cannot_be_made_is_told_with_the_name_of_its_pair(cells: dict[str, str], told: str) -> None:
    said = refused(row(**cells))
    assert "pairs.csv" in said and "pair one" in said and told in said


def test_all_pairs_that_cannot_be_made_are_told_at_once() -> None:
    said = refused(row(name="CAS7"), row(pair="two", value="moon"), row(pair="three"))
    assert "pair one" in said and "pair two" in said and "pair three" not in said
