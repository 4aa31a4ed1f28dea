"""Marking: what is said of an answer, and when a repair counts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from exkit.advice import Finding, advise
from exkit.teaching import PairRow
from exkit.topology import Topology
from exkit.tutor.exercises import PairExercise, Pool, PortsExercise, RepairExercise, again
from exkit.tutor.marking import EVERY_PORT, Marked, PairAnswer, mark
from exkit.tutor.pairs import pairs_of
from exkit.tutor.repairs import wrong_with
from exkit.verdict import Verdict
from exkit.workshop.edits import STEPS, apply
from tests.build import facts
from tests.tutor.learner import taught


def row(pattern: str, path: str, value: str) -> PairRow:
    section, _, rest = path.partition(".")
    name, _, field = rest.rpartition(".")
    cells = {"pair": "one", "pattern": pattern, "op": "change", "section": section, "name": name, "field": field}
    return PairRow.model_validate(cells | {"value": value})


def pool_with(*rows: PairRow) -> Pool:
    return Pool(facts(), pairs_of(rows), taught().misconceptions)


def asked(statement: str, *rows: PairRow) -> PairExercise:
    """The exercise on a pair that asks for a statement."""
    pool = pool_with(*rows)
    (question,) = pool.questions[statement]
    made = again(f"pair:one.{question.number}:1", pool)
    assert isinstance(made, PairExercise)
    return made


CAS_OUT = row("recommended-2010", "servers.CAS1.zone", "dmz")


def marked(exercise: Any, answer: Any) -> Marked:
    return mark(exercise, answer, facts(), taught().misconceptions)


def why(exercise: PairExercise, statement: str) -> str:
    (said,) = {row.why for row in facts().statements_called(statement)} & set(exercise.reasons)
    return said


def test_a_right_answer_is_told_with_the_finding_itself() -> None:
    exercise = asked("cas-in-perimeter", CAS_OUT)
    done = marked(exercise, PairAnswer(Verdict.UNSUPPORTED, why(exercise, "cas-in-perimeter")))
    assert done.right and done.misconception is None and done.finding
    assert done.words.startswith("Right.") and done.finding.summary in done.words and done.finding.why in done.words


def test_the_right_verdict_for_another_reason_is_not_right() -> None:
    exercise = asked("cas-in-perimeter", CAS_OUT)
    other = next(reason for reason in exercise.reasons if reason != why(exercise, "cas-in-perimeter"))
    done = marked(exercise, PairAnswer(Verdict.UNSUPPORTED, other))
    assert not done.right and done.verdict_right and not done.reason_right
    assert done.words.startswith("The verdict is right, the reason is another.")


def test_the_right_reason_with_another_verdict_is_not_right() -> None:
    exercise = asked("cas-in-perimeter", CAS_OUT)
    done = marked(exercise, PairAnswer(Verdict.CONDITIONAL, why(exercise, "cas-in-perimeter")))
    assert (
        not done.right and done.reason_right and done.words.startswith("It is not “conditional”. The reason is right.")
    )


def test_a_wrong_answer_is_told_with_the_way_out() -> None:
    exercise = asked("cas-in-perimeter", CAS_OUT)
    done = marked(exercise, PairAnswer(Verdict.SUPPORTED, why(exercise, "cas-in-perimeter")))
    assert done.finding and done.finding.fix and done.finding.fix in done.words


def test_a_belief_that_was_chosen_is_the_misconception() -> None:
    exercise = asked("cas-in-perimeter", CAS_OUT)
    beliefs = {one.belief: one for one in taught().misconceptions if one.belief in exercise.reasons}
    assert beliefs, "the perimeter tempts"
    for belief, wrong in beliefs.items():
        for verdict in (Verdict.SUPPORTED, Verdict.UNSUPPORTED):
            done = marked(exercise, PairAnswer(verdict, belief))
            assert not done.right and done.misconception == wrong and wrong.correction in done.words


def test_a_wrong_verdict_alone_is_diagnosed_where_a_misconception_goes_with_it() -> None:
    exercise = asked("cas-in-perimeter", CAS_OUT)
    done = marked(exercise, PairAnswer(Verdict.SUPPORTED, why(exercise, "cas-in-perimeter")))
    assert done.misconception and done.misconception.verdict is Verdict.SUPPORTED
    assert "cas-in-perimeter" in done.misconception.statements


def test_an_answer_that_was_not_offered_is_refused() -> None:
    exercise = asked("cas-in-perimeter", CAS_OUT)
    with pytest.raises(ValueError, match="none of the reasons"):
        marked(exercise, PairAnswer(Verdict.SUPPORTED, "Because I say so."))
    with pytest.raises(ValueError, match="is no answer to"):
        marked(exercise, frozenset(["25/tcp"]))


def ports(source: str, target: str, device: str, *offered: str, pattern: str = "recommended-2010") -> PortsExercise:
    before = pairs_of([row(pattern, "servers.MBX1.address", "10.0.0.9")])[0].before
    return PortsExercise("ports:one.before:1", before, source, target, None, device, (*offered, EVERY_PORT))


def test_missing_and_needless_ports_are_named() -> None:
    exercise = ports("CAS1", "EDGE1", "inner", "25/tcp", "50636/tcp", "50389/tcp", "135/tcp")
    done = marked(exercise, frozenset(["25/tcp", "50389/tcp"]))
    assert not done.right and "Missing: 50636/tcp." in done.words and "Not needed: 50389/tcp." in done.words
    assert marked(exercise, frozenset(["25/tcp", "50636/tcp"])).right


def test_everything_is_too_much_where_a_list_will_do() -> None:
    exercise = ports("CAS1", "EDGE1", "inner", "25/tcp", "50636/tcp")
    assert not marked(exercise, frozenset([EVERY_PORT])).right
    assert "everything is too much" in marked(exercise, frozenset([EVERY_PORT, "25/tcp", "50636/tcp"])).words


def test_a_list_between_exchange_servers_is_the_misconception_that_the_port_table_is_a_licence() -> None:
    exercise = ports("CAS1", "MBX1", "inner", "135/tcp", "445/tcp", pattern="cas-in-perimeter-2007")
    done = marked(exercise, frozenset(["135/tcp", "445/tcp"]))
    assert not done.right and done.misconception and done.misconception.id == "port-list-is-a-licence"
    assert "every port pass" in done.words and marked(exercise, frozenset([EVERY_PORT])).right


# Repairs


def broken(*rows: PairRow) -> tuple[Topology, Finding]:
    """A topology with one fault, and its worst finding."""
    (pair,) = pairs_of(rows)
    assert pair.after.as_of
    return pair.after, advise(pair.after, facts(), pair.after.as_of).findings[0]


def repaired(topology: Topology, finding: Finding, *steps: dict[str, Any]) -> str:
    after = apply(topology, STEPS.validate_python(list(steps)))
    return wrong_with(topology, finding, after, facts())


def change(path: str, value: Any) -> dict[str, Any]:
    section, _, rest = path.partition(".")
    name, _, field = rest.rpartition(".")
    if not rest:
        section, field = "", path
    return {"op": "change", "section": section, "name": name, "field": field, "value": value}


def named(topology: Topology, finding: Finding, statement: str) -> Finding:
    return next(one for one in advise(topology, facts(), topology.as_of or date(2010, 1, 1)).findings
                if one.statement == statement)  # fmt: skip


@pytest.fixture
def out() -> tuple[Topology, Finding]:
    """The Client Access server of the recommended layout, moved into the perimeter network."""
    topology, finding = broken(CAS_OUT)
    return topology, named(topology, finding, "cas-in-perimeter")


BACK = change("servers.CAS1.zone", "lan")


def test_moving_the_server_back_repairs_it(out: tuple[Topology, Finding]) -> None:
    assert repaired(*out, BACK) == ""


def test_another_way_than_the_one_that_broke_it_counts_as_well() -> None:
    topology, finding = broken(row("recommended-2010", "servers.TMG1.domain_joined", "false"))
    unsupported = named(topology, finding, "preauth-ad-needs-membership")
    joined = change("servers.TMG1.domain_joined", True)
    ldap = change("publishing.web-mail.validation", "ldap")
    assert repaired(topology, unsupported, joined) == ""
    assert repaired(topology, unsupported, ldap) == ""


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([], "It is still unsupported"),
        ([change("servers.CAS1.zone", None)], "zone was known"),
        ([change("servers.CAS1.version", None)], "version was known"),
        ([change("zones.dmz.kind", "internal")], "calling a network something else"),
        ([change("as_of", "2004-01-01")], "The day to judge for is given"),
        ([change("deployment", "hmc-4.5")], "What was deployed is a fact"),
        ([change("servers.CAS1.version", "2003")], "cannot go back from Exchange 2010"),
        ([{"op": "remove", "section": "servers", "name": "CAS1"}], "CAS1 is gone"),
        ([{"op": "rename", "section": "servers", "name": "CAS1", "to": "CAS9"}], "CAS1 is gone"),
        ([change("servers.CAS1.roles", ["HubTransport"])], "No server holds ClientAccess any more"),
        ([BACK, {"op": "remove", "section": "servers", "name": "EDGE1"}], "EDGE1 is gone"),
        ([BACK, {"op": "remove", "section": "servers", "name": "DC1"}], "DC1 is gone"),
        ([BACK, {"op": "remove", "section": "zones", "name": "dmz"}], "was known"),
        ([BACK, {"op": "remove", "section": "firewalls", "name": "outer"}], "outer is gone"),
        ([BACK, {"op": "remove", "section": "publishing", "name": "web-mail"}], "is published no more"),
        ([BACK, change("publishing.web-mail.protocols", ["owa"])], "is published no more"),
        ([BACK, change("publishing.web-mail.targets", ["MBX1"])], "This brings something else that is unsupported"),
        ([BACK, {"op": "remove", "section": "mail_flow", "name": "internet > EDGE1 > CAS1"}], "No mail comes in"),
        ([BACK, {"op": "remove", "section": "mail_flow", "name": "CAS1 > EDGE1 > internet"}], "No mail goes out"),
        ([BACK, change("firewalls.inner.allow", [])], "Then something is cut off"),
        ([BACK, change("firewalls.outer.allow", [])], "can no longer reach"),
        ([BACK, change("firewalls.outer.allow", None)], "allow was known"),
        ([BACK, change("servers.MBX1.zone", "dmz")], "This brings something else that is unsupported"),
        ([BACK, change("hybrid", None)], "hybrid was known"),
    ],
)
def test_what_is_no_repair_is_told_in_words(
    out: tuple[Topology, Finding], steps: list[dict[str, Any]], told: str
) -> None:
    words = repaired(*out, *steps)
    assert told in words, words


ENCRYPTS = row("extended-protection-bridged-2019", "publishing.browsers.tls", "offload")
TOKENS = row("hybrid-modern-authentication-se", "publishing.everything.preauth", "basic")


@pytest.mark.parametrize(
    ("broke", "statement", "steps", "told"),
    [
        (ENCRYPTS, "ep-ssl-offload", [("EX1", "off"), ("EX2", "off")], "EX1 loses Extended Protection"),
        (ENCRYPTS, "ep-ssl-offload", [("EX1", None), ("EX2", None)], "extended protection was known"),
    ],
)
def test_protection_is_not_given_up_where_the_fix_keeps_it(
    broke: PairRow, statement: str, steps: list[tuple[str, Any]], told: str
) -> None:
    topology, finding = broken(broke)
    fault = named(topology, finding, statement)
    changed = [change(f"servers.{name}.extended_protection", value) for name, value in steps]
    assert told in repaired(topology, fault, *changed)
    assert repaired(topology, fault, change("publishing.browsers.tls", "bridging")) == ""


def test_modern_authentication_is_not_switched_off_to_please_a_proxy() -> None:
    topology, finding = broken(TOKENS)
    fault = named(topology, finding, "hyb-preauth-ews")
    hybrid = topology.to_plain()["hybrid"]
    assert "Modern authentication is off" in repaired(
        topology, fault, change("hybrid", hybrid | {"modern_auth": False})
    )
    assert repaired(topology, fault, change("publishing.everything.preauth", "none")) == ""


def test_a_build_and_the_face_of_a_site_are_facts() -> None:
    topology, finding = broken(row("coexistence-2007-2010", "publishing.web-mail.targets", "[OLDCAS]"))
    fault = named(topology, finding, "coexist-internet-cas-first")
    assert "cannot go back from build" in repaired(topology, fault, change("servers.CAS1.build", "14.0.639.1"))
    site = topology.ad_sites[0].name
    assert "face the Internet is a fact" in repaired(topology, fault, change(f"ad_sites.{site}.internet_facing", False))


def test_another_product_has_a_name() -> None:
    topology, finding = broken(row("uag-2010", "publishing.portal.protocols", "[owa, imap]"))
    fault = named(topology, finding, "uag-no-pop-imap-smtp")
    assert "by which product?" in repaired(topology, fault, change("publishing.portal.product", "other"))


def test_everything_where_a_list_will_do_is_diagnosed() -> None:
    done = marked(ports("CAS1", "EDGE1", "inner", "25/tcp", "50636/tcp"), frozenset([EVERY_PORT]))
    assert done.misconception and "edge-path-open" in done.misconception.statements


def test_calling_the_server_otherwise_repairs_nothing(out: tuple[Topology, Finding]) -> None:
    rename = {"op": "rename", "section": "servers", "name": "CAS1", "to": "CAS9"}
    assert repaired(*out, rename) != ""


def test_a_waiver_repairs_nothing(out: tuple[Topology, Finding]) -> None:
    waiver = change("waivers", [{"finding": out[1].id, "because": "we know"}])
    assert "It is still unsupported" in repaired(*out, waiver)


def test_what_the_fix_takes_off_may_go_and_nothing_else_with_it() -> None:
    topology, finding = broken(row("coexistence-2019-se", "publishing.browsers.protocols", "[owa, powershell, ews]"))
    exposed = named(topology, finding, "perim-publish-powershell")
    assert repaired(topology, exposed, change("publishing.browsers.protocols", ["owa", "ews"])) == ""
    assert "owa is published no more" in repaired(topology, exposed, change("publishing.browsers.protocols", ["ews"]))


def test_a_wrong_repair_is_answered_with_what_it_brought(out: tuple[Topology, Finding]) -> None:
    topology, finding = out
    exercise = RepairExercise("repair:one.after:1", topology, finding)
    answer = apply(topology, STEPS.validate_python([BACK, change("servers.MBX1.zone", "dmz")]))
    done = marked(exercise, answer)
    assert not done.right and done.finding and done.finding.statement == "mbx-in-perimeter"
    assert marked(exercise, apply(topology, STEPS.validate_python([BACK]))).right
