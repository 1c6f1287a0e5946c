"""What `indicia verify` says of manifests, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..provenance.sentences import DEVELOPMENT_LIST
from ._output import clean, paint

if TYPE_CHECKING:
    from ..provenance.credentials.rubric import Check
    from ..provenance.evidence import Claim, Gap
    from ..provenance.sentences import Language

_COLOURS = {"trusted": "green", "untrusted": "yellow", "expired": "yellow", "no manifest": "dim"}
_SAID = {
    "en": {
        "trusted": "signed and intact; {signer} is vouched for by {list}",
        "own": "signed and intact, by the development key of this machine, which nobody else trusts",
        "untrusted": "signed and intact; no trust list vouches for {signer}",
        "expired": "signed and intact; the certificate of {signer} had run out, and no trusted time-stamp helps",
        "invalid": "signed, but the manifest or the certificate of {signer} breaks the rules: {codes}",
        "altered": "altered after it was signed by {signer}: {codes}",
        "malformed": "its manifest is damaged and cannot be read: {codes}",
        "laundered": "signed and intact itself, but over a parent that was altered before: {codes}",
        "no manifest": "nothing in it is signed",
        "unreadable": "{codes}",
    },
    "zh": {
        "trusted": "已签名且完整；签名者 {signer} 由信任列表 {list} 担保",
        "own": "已签名且完整，但签名用的是本机的开发密钥，他人并不信任",
        "untrusted": "已签名且完整；没有信任列表为 {signer} 担保",
        "expired": "已签名且完整；{signer} 的证书已过期，且没有可信时间戳",
        "invalid": "已签名，但清单或 {signer} 的证书不合规：{codes}",
        "altered": "经 {signer} 签名后被改动：{codes}",
        "malformed": "清单已损坏，无法读取：{codes}",
        "laundered": "自身签名完整，但其来源文件在此之前已被改动：{codes}",
        "no manifest": "其中没有签名",
        "unreadable": "{codes}",
    },
}
_WORDS = {
    "en": {
        "": "the file", "parentOf": "its parent", "componentOf": "a component", "inputTo": "an input",
        "sidecar": " (sidecar)", "of": "{name} of {issuer}", "nobody": "an unnamed signer", "as": " as {what}",
        "with": " with {what}", "by": "by {what}", "signed": "signed {what}", "gap": "not examined: {what}",
        "rubric": "official conformance rubric: {passed} of {all}",
    },
    "zh": {
        "": "本文件", "parentOf": "其来源文件", "componentOf": "组成部分", "inputTo": "输入",
        "sidecar": "（附带清单）", "of": "{issuer} 的 {name}", "nobody": "未具名的签名者", "as": "，类型 {what}",
        "with": "，使用 {what}", "by": "软件 {what}", "signed": "签名时间 {what}", "gap": "未能检查：{what}",
        "rubric": "官方一致性检查：{passed} / {all}",
    },
}  # fmt: skip


def lines(
    path: Path, status: str, claims: Sequence[Claim], gaps: Sequence[Gap], checks: Sequence[Check] | None, *,
    error: str, lang: Language,
) -> Iterator[str]:  # fmt: skip
    """The verdict on one file in a line, then its chain, its gaps and the rubric, a line each."""
    laundered = next((c for c in claims if c.laundered), None) if status == "laundered" else None
    top = next((c for c in claims if c.depth == 0 and c.state.value == status), next(iter(claims), None))
    named = "own" if status == "trusted" and top is not None and top.trust_list == DEVELOPMENT_LIST else status
    told = laundered or top
    said = _SAID[lang][named].format(
        signer=_signer(top, lang),
        list=clean(top.trust_list) if top else "",
        codes=clean(error or ", ".join(told.codes if told else ()), most=300),
    )
    yield f"{clean(path)}: {paint(status, _COLOURS.get(status, 'red'))}: {said}"
    for claim in claims:
        yield "  " * (claim.depth + 1) + _in_chain(claim, lang)
    for gap in gaps:
        yield "  " + _WORDS[lang]["gap"].format(what=clean(gap.detail, most=300))
    if checks is not None:
        passed = sum(check.outcome != "fail" for check in checks)
        yield "  " + _WORDS[lang]["rubric"].format(passed=passed, all=len(checks))
        for check in checks:
            yield f"    {check.outcome.value:4}  {clean(check.text, most=300)}"


def _signer(claim: Claim | None, lang: Language) -> str:
    name, issuer = (clean(claim.signer, most=80), clean(claim.issuer, most=80)) if claim else ("", "")
    if name and issuer and name != issuer:
        return _WORDS[lang]["of"].format(name=name, issuer=issuer)
    return name or issuer or _WORDS[lang]["nobody"]


def _in_chain(claim: Claim, lang: Language) -> str:
    words = _WORDS[lang]
    where = words.get(claim.relationship, clean(claim.relationship, most=40))
    parts = [f"{where}{words['sidecar'] if claim.sidecar else ''}: {claim.state.value}"]
    did = [_action(a.name, a.source_type, a.agent, lang) for a in claim.actions[:6]]
    parts += [", ".join(did)] if did else []
    parts += [words["by"].format(what=clean(claim.generator, most=80))] if claim.generator else []
    parts += [words["signed"].format(what=clean(claim.signed_at, most=40))] if claim.signed_at else []
    return "; ".join(parts)


def _action(name: str, source_type: str, agent: str, lang: Language) -> str:
    words = clean(name.removeprefix("c2pa."), most=40)
    words += _WORDS[lang]["as"].format(what=clean(source_type, most=60)) if source_type else ""
    return words + (_WORDS[lang]["with"].format(what=clean(agent, most=60)) if agent else "")
