"""Results of `check` as JUnit XML, for build servers: a file is a suite, a choice with its verdict a case."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any

from exkit.report.words import plain
from exkit.verdict import Verdict


def junit(results: Sequence[Mapping[str, Any]], fail_on: Verdict) -> str:
    """The XML for results by contract 2. What is at or above `fail_on` without a waiver is a failure, as in the exit
    status; an open question that is none is skipped; a file that cannot be judged is an error."""
    root = ET.Element("testsuites", name="exkit")
    for result in results:
        suite = ET.SubElement(root, "testsuite", name=plain(result["file"]))
        cases = list(_errors(suite, result) if "errors" in result else _cases(suite, result, fail_on))
        suite.set("tests", str(len(cases)))
        for kind, counted in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(kind, str(sum(case.find(counted) is not None for case in cases)))
    for kind in ("tests", "failures", "errors", "skipped"):
        root.set(kind, str(sum(int(suite.get(kind, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode")


def _cases(suite: ET.Element, result: Mapping[str, Any], fail_on: Verdict) -> Sequence[ET.Element]:
    made = []
    for finding in result["findings"]:
        verdict = Verdict(finding["verdict"])
        group = f"{result['customer']}.{finding['aspect']}.{finding['family']}"
        case = ET.SubElement(suite, "testcase", classname=plain(group), name=plain(finding["id"]))
        if verdict.rank <= fail_on.rank and not finding["waiver"]:
            failure = ET.SubElement(case, "failure", type=verdict.value, message=plain(finding["summary"]))
            failure.text = "\n".join(map(plain, _reasons(finding)))
        elif verdict is Verdict.UNKNOWN:
            ET.SubElement(case, "skipped", message=plain(finding["summary"]))
        elif finding["waiver"]:
            ET.SubElement(case, "system-out").text = plain(f"Accepted: {finding['waiver']['because']}")
        made.append(case)
    return made


def _errors(suite: ET.Element, result: Mapping[str, Any]) -> Sequence[ET.Element]:
    case = ET.SubElement(suite, "testcase", classname="exkit", name="the file can be judged")
    told = [f"{error.get('line') or '-'}: {error['message']}" for error in result["errors"]]
    ET.SubElement(case, "error", type="refused", message=plain(told[0])).text = "\n".join(map(plain, told))
    return [case]


def _reasons(finding: Mapping[str, Any]) -> list[str]:
    told = [f"Why: {finding['why']}"]
    told += [f"Fix: {finding['fix']}"] if finding["fix"] else []
    told += [f"{item['fact']} ({item['from']})" for item in finding["evidence"]]
    return told + [f"{source['title']} {source['url']}" for source in finding["sources"]]
