"""Results of `check` as SARIF 2.1.0, for code scanning: a finding is a result, its statement a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exkit import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"unsupported": "error", "not-recommended": "warning", "conditional": "warning", "unknown": "note"}
UNREADABLE = "file-cannot-be-judged"


def sarif(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The log for results by contract 2. What is supported is left out; what is accepted is suppressed, with reason."""
    rules: dict[str, dict[str, Any]] = {}
    found = [one for result in results for one in _results(result, rules)]
    order = {name: index for index, name in enumerate(rules)}
    for one in found:
        one["ruleIndex"] = order[one["ruleId"]]
    driver = {"name": "exkit", "version": __version__, "rules": list(rules.values())}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": found}]}


def _results(result: Mapping[str, Any], rules: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    if "errors" in result:
        rules.setdefault(UNREADABLE, _rule(UNREADABLE, "The topology file cannot be judged.", "", "error", ""))
        return [
            {
                "ruleId": UNREADABLE,
                "level": "error",
                "message": {"text": " ".join(str(error[key]) for key in ("message", "hint") if error.get(key))},
                "locations": [_location(result["file"], error.get("line"), error.get("column"))],
            }
            for error in result["errors"]
        ]
    return [_result(result, finding, rules) for finding in result["findings"] if finding["verdict"] in LEVELS]


def _result(result: Mapping[str, Any], finding: Mapping[str, Any], rules: dict[str, dict[str, Any]]) -> dict[str, Any]:
    name, level = finding["statement"], LEVELS[finding["verdict"]]
    url = next((source["url"] for source in finding["sources"] if source["url"]), "")
    rules.setdefault(name, _rule(name, finding["why"], finding["fix"], level, url))
    told = [finding["summary"]]
    told += [f"Condition: {finding['condition']}"] if finding["condition"] else []
    told += [f"Question: {finding['question']['text']}"] if finding["question"] else []
    told += [f"Fix: {finding['fix']}"] if finding["fix"] else []
    lines = [_line(item["from"], result["file"]) for item in finding["evidence"]]
    made: dict[str, Any] = {
        "ruleId": name,
        "level": level,
        "message": {"text": " ".join(told)},
        "locations": [_location(result["file"], next((line for line in lines if line), None), None)],
        "partialFingerprints": {"finding/v1": f"{result['customer']}/{finding['id']}"},
        "properties": {"verdict": finding["verdict"], "aspect": finding["aspect"], "subjects": finding["subjects"]},
    }
    if finding["waiver"]:
        made["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": finding["waiver"]["because"]}
        ]
    return made


def _rule(name: str, why: str, fix: str, level: str, url: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": name.replace("-", " ").capitalize() + "."},
        "fullDescription": {"text": why},
        "defaultConfiguration": {"level": level},
    }
    if fix:
        rule["help"] = {"text": fix}
    if url.startswith(("https://", "http://")):
        rule["helpUri"] = url
    return rule


def _location(file: str, line: int | None, column: int | None) -> dict[str, Any]:
    from urllib.parse import quote

    path = Path(file)
    address = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    place: dict[str, Any] = {"artifactLocation": {"uri": address}}
    if line:
        place["region"] = {"startLine": line} | ({"startColumn": column} if column else {})
    return {"physicalLocation": place}


def _line(place: str | None, file: str) -> int | None:
    """The line in `contoso.yaml:14`.

    >>> _line("a:b.yaml:14", "a:b.yaml"), _line("a.yaml", "a.yaml")
    (14, None)
    """
    rest = (place or "").removeprefix(f"{file}:")
    return int(rest) if rest.isdecimal() else None
