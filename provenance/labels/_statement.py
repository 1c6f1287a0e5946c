"""The closed table of wordings that make a line, seen in pixels or heard, a statement that the content is generated.

A line counts only if all of it is such a statement, from end to end: "AI生成", "Made with AI", "本视频由人工智能生成,
仅供参考". That both elements stand near each other proves nothing: "AI生成图片泛滥" and "AI-generated images flood the
campaign" are headlines, "AI生成器" and "Generate with AI" are buttons, "非AI生成" denies.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 90  # characters of a line that can be a label
_BESIDE = 24  # characters of a name or date that may stand on the line, behind a separator

# What text recognition and Chinese outside the mainland write for the characters of labels.
_SIMPLIFIED = str.maketrans(
    "內產爲為經圖視頻標識係機創製輔導語該畫應過軟術單個這並實場僅參請細別處聲從錄節複報類電腦體",
    "内产为为经图视频标识系机创制辅导语该画应过软术单个这并实场仅参请细别处声从录节复报类电脑体",
)
_I = re.compile(r"(?<![a-z])A[Il1|!ıİi丨](?![a-z])", re.IGNORECASE)  # what a capital I is taken for beside an A
_KI = re.compile(r"(?<![a-z])K[l1|](?=[ -]?(?:gen|erst|erz))", re.IGNORECASE)
# What is left of 未使用AI生成 when its first character goes unread; a statement of this kind names its subject.
_DENIED = re.compile(r"(?:使用|采用|利用|借助|通过)")
_SPACED_AI = re.compile(r"(?<![a-z])a\.?\s?i\.?(?![a-z])")  # "A.I.", and "A I" of a speech recogniser
_HAN_SPACE = re.compile(r"(?<=[\u3040-\u9fff])\s+|\s+(?=[\u3040-\u9fff])")
_ENDS = " \t.。,,、;;:：!！…~～-–—_*\"'“”‘’«»()[]{}<>（）【】〔〕「」『』《》#©®™+="
_PARTS = re.compile(r"\s*[|｜·•∙/／\\]\s*|\s{2,}|\s+[-–—]\s+")

_AI_ZH = r"(?:(?:人工智能|生成式)(?:\(?(?:ai|aigc)\)?)?|ai(?:gc)?(?:人工智能)?)"
_VENDOR = (
    r"(?:豆包|即梦|剪映|通义(?:千问|万相)?|千问|(?:腾讯)?(?:元宝|混元)|文心(?:一言|一格)?|百度|可灵|快手|抖音"
    r"|海螺|智谱|清言"
    r"|(?:讯飞)?星火|讯飞|夸克|天工|商汤|日日新|阿里|秘塔|小红书|哔哩哔哩|微信|支付宝|美图|[a-z0-9.+\-]{2,16})"
)
_KIND_ZH = (
    r"(?:图片|图像|图|照片|画面|插图|配图|海报|封面|视频|影像|影片|短片|片段|动画|场景|音频|声音|语音|配音"
    r"|录音|音乐|歌曲|旁白"
    r"|播报|内容|作品|素材|信息|数字人|虚拟人|人物|形象|文字|文本|文章|文案|字幕|译文|回答)"
)
_SUBJECT_ZH = (
    rf"(?:(?:以上|以下|本|此|该|这(?:张|段|个|条)?|部分|全部|所有|视频中(?:的)?|画面中(?:的)?)*(?:{_KIND_ZH}"
    rf"|片|音|曲)?(?:中)?)"
)
_DEGREE_ZH = r"(?:均|皆|全部|部分|主要|可能|疑似|或)?"
_LINK_ZH = r"(?:系|是|为|由|经|通过|使用|采用|利用|借助|基于|含有?|包含)"
_HELP_ZH = r"(?:辅助|协助|参与|自动|深度)?"
_VERB_ZH = r"(?:生成(?:[/、与和及或-]?合成)?|合成|创作|制作|绘制|绘画|作画|撰写|编辑|修改|修图|换脸|处理)"
_TAIL_ZH = (
    rf"(?:的|而成)?(?:{_KIND_ZH}){{0,2}}"
    r"(?:[,,.。;;、\s(]*(?:仅供(?:参考|娱乐|演示|示意)|(?:敬?请|须|需)?(?:仔细|注意|谨慎|自行)?(?:甄别|核实"
    r"|辨别|鉴别|识别)"
    r"|(?:敬?请)?注意(?:甄别|辨别|识别)?|请勿(?:当真|模仿|轻信)|(?:并?非|不是)真实(?:场景|画面|影像|事件"
    r"|人物)?|不代表真实.{0,6}"
    r"|无不良引导)\)?)*"
)
_ZH = re.compile(
    rf"(?:(?:(?:注|声明|提示|说明|温馨提示|标识|来源)[::]|(?:ai标识|内容标识|作者声明)[::]?))?"
    rf"(?:{_SUBJECT_ZH}{_DEGREE_ZH}(?P<linked>{_LINK_ZH}{{1,2}}){_VENDOR}?(?:大模型|模型)?{_AI_ZH}"
    rf"|{_SUBJECT_ZH}?{_DEGREE_ZH}{_VENDOR}?{_AI_ZH})"
    rf"(?:大?模型|技术|工具|系统|软件|算法|助手)?{_HELP_ZH}(?P<verb>{_VERB_ZH}){_TAIL_ZH}"
    rf"|(?P<bare>aigc(?:内容|图片|图像|视频|作品)?)"
    rf"|(?:{_AI_ZH})(?:生成|合成)(?:与|和|及|/)?(?:合成|生成)?(?:内容)?标识"
)
_JA = re.compile(
    r"(?:この|本)?(?:画像|写真|映像|動画|音声|コンテンツ|イラスト)?[はの]?(?:生成)?(?:ai|人工知能)(?:で"
    r"|により|によって|による|が|を使(?:用して|って))?"
    r"(?P<verb>生成|作成|合成|制作)(?:された|され(?:てい)?ます|されました|したもの|しています|しました)?"
    r"(?:画像|写真|映像|動画|音声|コンテンツ|イラスト)?(?:です)?"
)
_KO = re.compile(
    r"(?:이|본)?\s?(?:이미지|사진|영상|동영상|콘텐츠|음성|오디오)?[는은]?\s?(?:생성형\s?)?(?:ai"
    r"|인공지능)(?:로|으로|가|를|을|에 의해)?\s?(?:활용해|사용해)?\s?"
    r"(?P<verb>생성|합성|제작)(?:된|한|됨|되었습니다|했습니다)?\s?(?:이미지|사진|영상|동영상|콘텐츠|음성"
    r"|오디오)?(?:입니다)?"
)
_AI_EN = r"(?:an?\s|the\s)?(?:gen(?:erative)?[ -]?ai|ai|artificial intelligence)(?:\s?\(ai\))?"
_THING_EN = (
    r"(?:images?|pictures?|photos?|photographs?|videos?|clips?|films?|footage|audio|recordings?"
    r"|voice(?:[ -]?over)?s?|sounds?|speech|music"
    r"|songs?|podcasts?|content|media|material|art(?:work)?|illustrations?|graphics?|visuals?|animations?"
    r"|scenes?|text|captions?"
    r"|article|answer|avatar|presenter|likeness|simulation|portrait|cover)"
)
_SUBJECT_EN = (
    rf"(?:(?:this|the following|the above|the|all|some|parts? of (?:this|the))\s)?(?:\w{{3,12}}\s)?{_THING_EN}"
)
_WITH_EN = (
    r"(?:(?:entirely|fully|partly|partially|in part|automatically)\s)?(?:by|with|using|via|through|from"
    r"|by means of|with the help of)"
)
_TOOL_EN = r"(?:\s(?:tools?|technology|models?|systems?|software|assistance|assistant|voice|help|image generator))?"
_NAME_EN = r"(?:\s?(?:[(,:-]|using|with|by|via)\s?[\w.+\-]{2,20}(?:\s[\w.+\-]{1,12}){0,2}\)?)?"
_MADE_EN = (
    r"(?:generated|synthesi[sz]ed|created|made|produced|imagined|rendered|drawn|painted|composed|voiced"
    r"|narrated|spoken)"
)
_CHANGED_EN = r"(?:modified|edited|altered|manipulated|enhanced|assisted|retouched|composited|translated|dubbed)"
_BE_EN = r"(?:\s(?:was|is|were|are|has been|have been|may be|may have been|contains?|includes?))?"
_EN = re.compile(
    rf"(?:(?:note|notice|disclosure|disclaimer|label|warning|source|credit|caution)\s?:?\s)?"
    rf"(?:{_SUBJECT_EN}{_BE_EN}\s?[:,-]?\s?)?(?:(?P<degree>partly|partially|entirely|fully|wholly|100\s?%)\s)?"
    rf"(?:(?P<verb>{_MADE_EN}|{_CHANGED_EN})(?:\s(?:or"
    rf"|and)\s{_CHANGED_EN})?\s{_WITH_EN}\s{_AI_EN}{_TOOL_EN}{_NAME_EN}"
    rf"|{_AI_EN}[\s-]?(?P<short>{_MADE_EN}|{_CHANGED_EN})(?:(?:\s(?:or|and|/)\s"
    rf"|/)?(?:ai[ -])?{_CHANGED_EN})?(?:\s{_THING_EN})?(?:\s{_THING_EN})?{_NAME_EN})"
    rf"|(?:{_SUBJECT_EN}{_BE_EN}\s?)?artificially (?P<art>generated)(?:\sor manipulated)?(?:\s{_THING_EN})?"
    rf"|(?:digitally |ai[ -])?(?P<synth>altered or synthetic|synthetic or altered"
    rf"|synthetic(?:ally generated)?)\s{_THING_EN}"
    rf"|(?P<iptc>trained algorithmic media|composite with trained algorithmic media)"
)
_LATIN = re.compile(  # accents are taken off before; German, French, Spanish, Portuguese, Italian
    r"(?:(?:bild|foto|video|audio|inhalt|ton|stimme|dieses (?:bild|video|foto)|dieser inhalt)(?: wurde"
    r"| ist)?\s?:?\s?)?"
    r"(?:ki[\s-]?(?P<de>generiert|erstellt|erzeugt)(?:e[srn]?)?(?:\s(?:bild|foto|video|inhalt|inhalte|audio))?"
    r"|(?:mit|von|durch|mithilfe von|mittels)\s(?:einer\s|kunstlicher\s)?(?:ki"
    r"|intelligenz)\s(?P<de2>generiert|erstellt|erzeugt))"
    r"|(?:cette |ce |esta |este |essa |questa |questo )?(?:image|photo|video|contenu|audio|voix|imagen|foto"
    r"|contenido|voz|imagem|conteudo"
    r"|immagine|contenuto|voce)?(?:\s(?:a ete|est|fue|ha sido|foi|e stata|e stato))?\s?"
    r"(?P<verb>genere|generee|cree|creee|generado|generada|creado|creada|gerado|gerada|criado|criada|generato"
    r"|generata|creato|creata"
    r"|realizado|realise|realisee)\s(?:par|avec|a l'aide de|por|con|mediante|com|da|dall'|dalla|tramite|pela?)\s?"
    r"(?:(?:une?|l'|la|el|a|o|un'|l)\s?)?(?:ia|ai|intelligence artificielle|inteligencia artificial"
    r"|intelligenza artificiale)"
)
_PARTLY = re.compile(
    rf"部分|辅助|协助|参与|编辑|修改|修图|换脸|处理|{_CHANGED_EN}(?!\sor synthetic)|\bpart(?:s|ly|ially)?\b"
    rf"|in part|composite"
)
_GENERATED_TOO = re.compile(
    rf"{_MADE_EN}\s?(?:or|and|/)|generated or manipulated|altered or synthetic|synthetic or altered"
)
_DOUBT = re.compile(r"可能|疑似|\bmay\b|かも")
_LANGUAGES = (("zh", _ZH), ("en", _EN), ("ja", _JA), ("ko", _KO), ("", _LATIN))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement found. `origin` is synthetic, partly_synthetic, or empty for a doubt; `language` empty if unsure."""

    wording: str
    origin: str
    language: str


def statement(line: str) -> Statement | None:
    """What a line that stands alone says of the content; None when it is any other text.

    A name, a handle or a date may stand beside the statement behind a separator: "ACME | AI-generated".
    """
    if not 2 <= len(line) <= LONGEST or "?" in line or "？" in line or "吗" in line:
        return None
    wording = tidy(line)
    if found := _whole(wording, folded(line)):
        return found
    parts = [part for part in _PARTS.split(unicodedata.normalize("NFKC", line)) if part.strip()]
    said = [found for part in parts if (found := _whole(tidy(part), folded(part)))]
    others = sum(len(part) for part in parts) - sum(len(s.wording) for s in said)
    if not said or others > _BESIDE:
        return None
    worst = min(said, key=lambda s: ("synthetic", "partly_synthetic", "").index(s.origin))
    return Statement(wording, worst.origin, said[0].language)


def statements(text: str) -> Iterator[tuple[Statement, int, int]]:
    """The sentences of a transcript that are statements, with where in `text` each begins and ends."""
    for match in re.finditer(r"[^.。!！?？\n;；]+[?？]?", text):
        if found := statement(match[0].strip()):
            yield found, match.start(), match.end()


def tidy(line: str) -> str:
    """The line as a person would write it down: one width, simplified characters, the letters AI, single spaces."""
    text = unicodedata.normalize("NFKC", line).translate(_SIMPLIFIED)
    text = _KI.sub("KI", _I.sub("AI", text))
    return re.sub(r"\s+", " ", _HAN_SPACE.sub("", text)).strip(_ENDS.replace("(", "").replace(")", "")).strip()


def folded(line: str) -> str:
    """The line for comparison: as `tidy`, lower case, without accents, brackets and marks around it."""
    decomposed = unicodedata.normalize("NFD", tidy(line).lower())
    kept = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    text = unicodedata.normalize("NFC", kept).replace("’", "'").replace("‑", "-").replace("–", "-").replace("—", "-")
    return re.sub(r"\s+", " ", _SPACED_AI.sub("ai", text)).strip(_ENDS)


def _whole(wording: str, plain: str) -> Statement | None:
    if _DENIED.match(plain):
        return None
    for language, pattern in _LANGUAGES:
        if pattern.fullmatch(plain):
            return Statement(wording, _origin(plain), language or ("de" if re.search(r"\bki\b", plain) else ""))
    return None


def _origin(plain: str) -> str:
    if _DOUBT.search(plain):
        return ""
    if _PARTLY.search(plain) and not _GENERATED_TOO.search(plain):
        return "partly_synthetic"
    return "synthetic"
