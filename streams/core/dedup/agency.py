"""The news agency a text is credited to: papers that print one agency's copy are one origin.

A credit stands in a dateline («جدة - واس:», "PARIS (Reuters) -", «МОСКВА, 14 мая. /ТАСС/.»), in brackets at the end, or on a line
of its own at either end. An agency named within a sentence ("told Reuters") is a source, not an origin.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from streams.core.text.fold import fold

if TYPE_CHECKING:
    from streams.core.model import Article

# One agency a row: its name, then how it is credited, parted by |. Blanks and points do not matter («أ.ف.ب» is «أ ف ب»).
_AGENCIES = """
reuters: رويترز | رويتر | Reuters | Thomson Reuters | Рейтер | 路透社 | 路透
afp: أ ف ب | فرانس برس | وكالة الصحافة الفرنسية | AFP | Agence France-Presse | АФП | 法新社
ap: أ ب | أسوشيتد برس | الأسوشيتد برس | أسوشييتد برس | AP | Associated Press | The Associated Press | АП | 美联社
dpa: د ب أ | وكالة الأنباء الألمانية | DPA | Deutsche Presse-Agentur | 德新社
efe: إفي | EFE | Agencia EFE | 埃菲社
ansa: أنسا | ANSA
tass: تاس | TASS | ТАСС | ITAR-TASS | 塔斯社
ria: ريا نوفوستي | RIA | RIA Novosti | РИА Новости | РИА
interfax: إنترفاكس | Interfax | Интерфакс
sputnik: سبوتنيك | Sputnik | Спутник
xinhua: شينخوا | Xinhua | Синьхуа | 新华社 | 新華社 | 新华网
chinanews: 中新社 | 中新网
kyodo: كيودو | Kyodo | 共同社
yonhap: يونهاب | Yonhap | 韩联社
anadolu: الأناضول | وكالة الأناضول | Anadolu | Anadolu Agency | AA
spa: واس | وكالة الأنباء السعودية | SPA
wam: وام | وكالة أنباء الإمارات | WAM
kuna: كونا | وكالة الأنباء الكويتية | KUNA
qna: قنا | وكالة الأنباء القطرية | QNA
bna: بنا | وكالة أنباء البحرين | BNA
ona: العمانية | وكالة الأنباء العمانية | ONA
petra: بترا | وكالة الأنباء الأردنية | Petra
wafa: وفا | وكالة الأنباء الفلسطينية | WAFA
sana: سانا | SANA
nna: الوكالة الوطنية للإعلام | الوطنية للإعلام | NNA
ina: واع | وكالة الأنباء العراقية | INA
mena: أ ش أ | وكالة أنباء الشرق الأوسط | MENA
suna: سونا | وكالة السودان للأنباء | SUNA
saba: سبأ | سبأ نت | Saba
lana: وال | وكالة الأنباء الليبية | LANA
tap: وات | وكالة تونس أفريقيا للأنباء | TAP
aps: واج | وكالة الأنباء الجزائرية | APS
map: و م ع | وكالة المغرب العربي للأنباء | MAP
irna: إرنا | IRNA
upi: يو بي آي | UPI
europapress: Europa Press
pti: PTI
agencies: وكالات | الوكالات | وكالات الأنباء | Agencies | Agences | Agencias | Агентства | 综合外电
"""
_HEAD, _TAIL, _LINE = 160, 160, 60
_NO_LETTER = re.compile(r"[\W_]+")
_PARTS = re.compile(r"[/,;|+&-]|\sو(?=\w)|\band\b|\bet\b|\by\b|\bи\b")
_BRACKETS = re.compile(r"\(([^()\n]{2,60})\)|/([^/\n]{2,30})/")
_LABEL = re.compile(r"\s*(?:المصدر|نقلا عن|متابعات|source|fuente|источник|来源)\s*[:/-]\s*")
_DATELINE = re.compile(r"[^\n:]{0,60}")
_PIECES = re.compile(r"\s*(?:/|\s-+|-+\s)\s*")
_CHINESE = re.compile(r"\W*([\u3400-\u9fff]{2,4}社|中新网|新华网)[^\n,.]{0,24}[电電]")


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in _AGENCIES.strip().splitlines():
        agency, _, credits_ = row.partition(":")
        for credit in credits_.split("|"):
            names.setdefault(_key(fold(credit).text), agency)
    return names


def _key(text: str) -> str:
    return _NO_LETTER.sub("", text)


def _named(text: str) -> str | None:
    """The first agency of a credit that names nothing but agencies."""
    parts = [_key(part) for part in _PARTS.split(_LABEL.sub("", text, count=1))]
    found = [_names().get(part) for part in parts if part]
    return found[0] if found and all(found) else _names().get(_key(text))


def agency(article: Article) -> str | None:
    """The agency in a small English name ("reuters", "afp"), or None where the text credits none.

    "agencies" where it says no more than that; of several the first.
    """
    if article.body is None:
        return None
    text = article.body.text
    head, tail = fold(text[:_HEAD]).text.lstrip(), fold(text[-_TAIL:]).text.rstrip()
    first, last = head.partition("\n")[0], tail.rpartition("\n")[2]
    chinese = _CHINESE.match(head)
    if chinese:
        return _names().get(chinese[1])
    for line in (first, last):
        found = _named(line) if len(line) <= _LINE else None
        if found:
            return found
    opening = [match for match in _BRACKETS.finditer(head) if match.start() <= _LINE]
    closing = [match for match in _BRACKETS.finditer(tail) if len(tail) - match.end() <= 1]
    for match in (*opening, *closing):
        found = _named(match[1] or match[2])
        if found:
            return found
    dateline = _DATELINE.match(head)
    pieces = _PIECES.split(dateline[0])[1:] if dateline else []
    return next((found for piece in pieces if (found := _names().get(_key(piece)))), None)
