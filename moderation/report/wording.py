"""The fixed words of the report's page, English and Chinese."""

from __future__ import annotations

from ...provenance.sentences import Language

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "What these files are",
        "summary": "Summary",
        "files": "files",
        "colon": ": ",
        "stop": ".",
        "how": "How to read this",
        "how_text": "Each file is judged by the evidence in it, strongest first: signed provenance, then labels in the "
        "metadata, then watermarks and our registry, then visible labels and traces, and statistical detectors last. "
        "“Unknown” means that nothing readable tells the origin. It never means that a person made it.",
        "evidence": "Evidence",
        "no_evidence": "No evidence was found.",
        "strength": "Strength",
        "limit": "Does not prove",
        "gaps": "Could not be examined",
        "deviations": "Deviations from the standard",
        "against": "Contradicted by",
        "conflict": "The evidence disagrees",
        "preview": "Preview of",
        "details": "File details",
        "size": "bytes",
        "others": "Other files",
        "path": "File",
        "origin": "Origin",
        "basis": "Basis",
        "integrity": "Integrity",
        "trust": "Trust",
        "platform": "Platform class (China)",
        "beyond": "more files are in the JSON Lines output only.",
        "made": "Made by",
    },
    "zh": {
        "title": "文件鉴别报告",
        "summary": "概览",
        "files": "个文件",
        "colon": "：",
        "stop": "。",
        "how": "如何阅读本报告",
        "how_text": "每个文件均依据其自身所带的证据判断，证据由强到弱依次为：经签名的来源凭证、元数据标识、"
        "水印与登记记录、"
        "可见标识与生成痕迹，最后是统计检测。“未知”仅表示没有读到能说明来源的信息，绝不表示内容出自真人之手。",
        "evidence": "证据",
        "no_evidence": "未发现证据。",
        "strength": "强度",
        "limit": "局限",
        "gaps": "未能检查",
        "deviations": "与标准不符之处",
        "against": "与之矛盾的证据",
        "conflict": "证据相互矛盾",
        "preview": "预览",
        "details": "文件信息",
        "size": "字节",
        "others": "其余文件",
        "path": "文件",
        "origin": "来源",
        "basis": "依据",
        "integrity": "完整性",
        "trust": "信任",
        "platform": "平台分类（中国）",
        "beyond": "个文件仅见于 JSON Lines 输出。",
        "made": "生成工具",
    },
}
