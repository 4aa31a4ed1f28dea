"""No rule without a test where it fires and one where it does not; no rule without its row."""

from __future__ import annotations

from exkit.rules import RULES
from tests.build import facts
from tests.rules import (
    test_as_asked,
    test_as_typed,
    test_coexistence,
    test_dag,
    test_days,
    test_edge_and_mail,
    test_forwarded,
    test_gaps_edges,
    test_hosts_and_versions,
    test_hybrid,
    test_hybrid_and_edge_edges,
    test_mail_edges,
    test_members,
    test_missing_facts,
    test_openings_edges,
    test_placement_and_paths,
    test_platform,
    test_products,
    test_publishing,
    test_publishing_edges,
    test_separation_edges,
    test_server_edges,
    test_since_2013,
    test_updates,
)

ROWS = [
    *test_as_asked.ROWS,
    *test_as_typed.ROWS,
    *test_placement_and_paths.ROWS,
    *test_edge_and_mail.ROWS,
    *test_publishing.ROWS,
    *test_forwarded.ROWS,
    *test_since_2013.ROWS,
    *test_hybrid.ROWS,
    *test_products.ROWS,
    *test_hosts_and_versions.ROWS,
    *test_dag.ROWS,
    *test_days.ROWS,
    *test_coexistence.ROWS,
    *test_platform.ROWS,
    *test_updates.ROWS,
    *test_missing_facts.ROWS,
    *test_openings_edges.ROWS,
    *test_server_edges.ROWS,
    *test_gaps_edges.ROWS,
    *test_hybrid_and_edge_edges.ROWS,
    *test_mail_edges.ROWS,
    *test_members.ROWS,
    *test_publishing_edges.ROWS,
    *test_separation_edges.ROWS,
]
CHECKED = {statement for rule in RULES for statement in rule.statements}


def test_each_statement_of_a_rule_has_a_row_in_the_facts() -> None:
    assert not [statement for statement in sorted(CHECKED) if not facts().statements_called(statement)]


def test_each_statement_that_the_facts_give_to_rules_is_checked_by_one() -> None:
    given = {row.id for row in facts().statements if row.use == "rule"} - {"waiver-without-finding"}
    assert not sorted(given - CHECKED)


def test_each_statement_is_seen_to_fire() -> None:
    assert not sorted(CHECKED - {row.statement for row in ROWS if row.verdicts})


def test_each_statement_is_seen_to_keep_silent() -> None:
    assert not sorted(CHECKED - {row.statement for row in ROWS if not row.verdicts})
