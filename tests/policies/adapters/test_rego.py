"""Rego policies see the same facts, an unknown fact is never a pass, and the interpreter computes what OPA does."""

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from indicia.policies import packs
from indicia.policies.adapters import rego
from indicia.policies.audit import audit_dossiers
from indicia.policies.control import Status
from indicia.policies.engine import Profile
from indicia.policies.facts import AigcLabel, AssetFacts, Facts
from indicia.provenance import AssetRef, Dossier, Media
from indicia.provenance.errors import BadContent

POLICY = """\
package house
import rego.v1

deny contains "not signed" if {
    input.asset.generated == true
    input.asset.integrity != "intact"
}

warn contains {"msg": sprintf("label %v", [one.label])} if {
    some one in input.asset.aigc
    one.label != "1"
}
"""


def facts(**asset: Any) -> Facts:
    return Facts("a.png", "asset", AssetFacts(media="image", **asset))


def judged(policy: str, subject: Facts) -> list[tuple[str, str]]:
    return [(f.status.value, f.grounds[0]) for f in rego.parse(policy).judge(subject)]


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        ({"generated": True, "integrity": "intact", "aigc": ()}, [("pass", "nothing is denied")]),
        ({"generated": True, "integrity": "unsigned", "aigc": ()}, [("fail", "not signed")]),
        ({"generated": True, "integrity": "intact", "aigc": (AigcLabel(label="2"),)}, [("fail", "label 2")]),
        ({"generated": None, "integrity": "intact", "aigc": ()}, [("indeterminate", "not known: asset.generated")]),
        ({"generated": True, "integrity": "unsigned", "aigc": None}, None),
    ],
)
def test_a_policy_passes_only_where_every_fact_it_names_is_known(asset: dict[str, Any], expected: Any) -> None:
    found = judged(POLICY, facts(**asset))

    if expected is None:  # iterating over what is unknown is an error of Rego, and undecided here
        assert ["indeterminate"] == [status for status, _ in found]
    else:
        assert expected == found


def test_a_policy_on_assets_says_nothing_of_a_pipeline() -> None:
    assert ["not_applicable"] == [status for status, _ in judged(POLICY, Facts("p", "pipeline"))]


# What OPA 1.x answers; some interpreters compare numbers as texts (minimum of 9 and 10: "10").
VECTORS = [
    ("min([9, 10])", "9"),
    ("max([9, 10])", "10"),
    ("sort([9, 10, 100])", "[9, 10, 100]"),
    ("sum([1, 2.5])", "3.5"),
    ("count({1, 1.0, 2})", "2"),
    ("9 < 10", "true"),
    ("0.1 + 0.2 > 0.3", "true"),
    ('count("标识")', "2"),
    ('regex.match("^a+$", "aaa")', "true"),
    ('"a" < "b"', "true"),
    ("[n | some n in [3, 1, 2]; n > 1]", "[3, 2]"),
]


@pytest.mark.parametrize(("expression", "expected"), VECTORS)
def test_the_interpreter_computes_what_the_reference_does(expression: str, expected: str) -> None:
    policy = f"""package v
import rego.v1
deny contains json.marshal(x) if {{ x := {expression}; input.asset.media == "image" }}
"""

    ((status, text),) = judged(policy, facts())

    assert "fail" == status
    assert json.loads(expected) == json.loads(text)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("", "a package"),
        ("package a\nallow := true", "at least one of deny"),
        ("package a\ndeny contains input.asset.media if {", "not Rego"),
        ("package a\nimport rego.v1\ndeny contains 1 if input.asset.colour", "unknown fact asset.colour"),
        ("package a\nimport rego.v1\ndeny contains 1 if input.asset[x] == 1", "named whole"),
        ("package a\nimport rego.v1\nx := input.asset\ndeny contains 1 if x.media", "named whole"),
        ("package a\nimport rego.v1\ndeny contains 1 if true", "named whole"),
        (
            "package a\nimport rego.v1\ndeny contains r if { r := http.send({}); input.asset.media }",
            "http.send reaches out",
        ),
        ("package a\nimport rego.v1\ndeny contains t if { t := time.now_ns(); input.asset.media }", "time.now_ns"),
    ],
)
def test_a_policy_that_hides_what_it_reads_or_reaches_out_is_refused(policy: str, said: str) -> None:
    with pytest.raises(BadContent, match=said):
        rego.parse(policy)


def test_findings_of_a_policy_stand_in_the_report_beside_those_of_controls() -> None:
    dossier = Dossier(AssetRef("a.png", "a.png", "aa" * 32, Media.IMAGE, "png", 9))
    report = audit_dossiers(
        [dossier],
        packs.load(["security"]),
        Profile(dt.date(2026, 11, 23), packs.ROLES),
        declared={"generated": True},
        judges=[rego.parse(POLICY)],
    )

    (found,) = [f for f in report.findings if f.control == "REGO-house"]
    assert (Status.FAIL, 1) == (found.status, report.exit_code)
    assert found.fingerprint != dataclasses.replace(found, locator="").fingerprint
