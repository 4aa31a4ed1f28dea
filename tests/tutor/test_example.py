"""Examples in lessons: drawn with their verdicts, changed by a path, compared with where they came from."""

from __future__ import annotations

import pytest

from exkit import tutor
from exkit.tutor.example import Mistake, example
from exkit.verdict import Verdict


def test_an_example_shows_picture_verdicts_and_the_same_in_words() -> None:
    shown = example("front-end-in-perimeter-2003")
    html, text = shown._repr_html_(), repr(shown)
    assert "<svg" in html and "conditional" in html and "Harbour &amp; Finch Shipping" in html
    assert "Topology: ◐ conditional." in text and "Zone dmz, perimeter network" in text


def test_a_change_gives_another_example_and_leaves_the_first() -> None:
    first = example("front-end-in-perimeter-2003")
    second = first.change("servers.FE1.zone", "lan")
    assert first.topology.servers[0].zone == "dmz" and second.topology.servers[0].zone == "lan"
    assert second.advice.verdict("topology") is Verdict.CONDITIONAL  # 443 is not yet open through the inner firewall
    assert "Changed: FE1: zone is now lan" in repr(second)


@pytest.mark.parametrize(
    ("path", "value", "got"),
    [
        ("servers.CAS1.host_firewall.enabled", False, {"enabled": False, "configured_by": "setup"}),
        ("firewalls.inner.allow", "any", "any"),
        ("as_of", "2012-01-01", "2012-01-01"),
        ("mail_flow.internet > EDGE1 > CAS1.path", ["internet", "CAS1"], ["internet", "CAS1"]),
        ("servers.CAS1.zone", None, None),
    ],
)
def test_any_field_is_reached_by_its_path(path: str, value: object, got: object) -> None:
    changed = example("recommended-2010").change(path, value).topology.to_plain()
    section, _, rest = path.partition(".")
    items = changed[section] if isinstance(changed[section], list) else []
    held = {one.get("name"): one for one in items}
    field = rest.rpartition(".")[2]
    found = {
        "enabled": lambda: held["CAS1"]["host_firewall"],
        "allow": lambda: held["inner"]["allow"],
        "": lambda: changed[section],
        "path": lambda: items[0]["path"],
        "zone": lambda: held["CAS1"].get("zone"),
    }[field]()
    assert found == got


def test_an_item_is_added_and_taken_away() -> None:
    more = example("recommended-2010").add("servers", {"name": "CAS2", "version": "2010", "roles": ["CAS"]})
    assert "CAS2" in [server.name for server in more.topology.servers]
    assert more.remove("servers.CAS2").topology == example("recommended-2010").topology


def test_a_finding_is_told_with_why_fix_and_sources() -> None:
    shown = example("cas-in-perimeter-2007").finding("cas-in-perimeter")
    for part in ("unsupported", "Why: ", "Fix: ", "Sources:", "(documented)"):
        assert part in repr(shown)
    assert "unsupported" in shown._repr_html_() and "<dt>Fix</dt>" in shown._repr_html_()


def test_findings_come_worst_first_and_questions_last() -> None:
    text = repr(example("cas-in-perimeter-2007").change("servers.CAS1.host_firewall", None).findings())
    lines = [line for line in text.splitlines() if line]
    assert lines[0].startswith("✕ unsupported") and lines[-2].startswith("?") and lines[-1].endswith("supported.")


def test_a_comparison_tells_what_turned() -> None:
    first = example("recommended-2010")
    text = repr(first.change("servers.CAS1.zone", "dmz").compare())
    assert "new -> unsupported: CAS1 holds the Client Access role" in text
    assert text.startswith("CAS1: zone is now dmz. This made ")


@pytest.mark.parametrize(
    ("attempt", "told"),
    [
        (lambda one: one.change("servers.CAS9.zone", "lan"), "'CAS9' is no name in servers; did you mean CAS1?"),
        (lambda one: one.change("servers.CAS1.zon", "lan"), "'zon' is no field of CAS1; did you mean zone?"),
        (lambda one: one.change("server.CAS1.zone", "lan"), "did you mean servers?"),
        (lambda one: one.change("servers.CAS1.zone", "moon"), "allowed: dmz, internet, lan"),
        (lambda one: one.remove("servers.X"), "'X' is no name in servers; there are "),
        (lambda one: one.add("servers", {"nam": "X"}), "field required"),
        (lambda one: one.add("boats", {"name": "X"}), "is no section of a topology"),
        (lambda one: one.compare(), "nothing to compare it with"),
        (lambda one: one.finding("cas-in-perimeter"), "Nothing is found for 'cas-in-perimeter'"),
        (lambda one: example("recommended"), "there is no pattern 'recommended'; did you mean recommended-2010?"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_and_without_a_traceback(attempt: object, told: str) -> None:
    with pytest.raises(ValueError) as caught:
        attempt(example("recommended-2010"))  # type: ignore[operator]
    assert told in str(caught.value) and isinstance(caught.value, Mistake)
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_hostile_names_stay_text() -> None:
    named = example("recommended-2010").change("customer", "<script>alert(1)</script>")
    renamed = named.add("servers", {"name": "<img src=x onerror=alert(1)>", "zone": "lan"})
    for html in (renamed._repr_html_(), renamed.findings()._repr_html_(), renamed.compare()._repr_html_()):
        assert "<script>alert" not in html and "<img src=x" not in html


def test_a_life_without_extended_support_has_no_last_day() -> None:
    for told in (tutor.life("SE").text, tutor.life("SE").html):
        assert "at least until 31 December 2035" in told and "Mainstream" not in told
    assert "Extended support: until 14 October 2025" in tutor.life("2019").text
