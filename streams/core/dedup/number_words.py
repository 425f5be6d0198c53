"""Numbers as six languages write them in words: what each word is worth. Folded when read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from streams.core.text.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORDS = """
0 zero zéro cero ноль
1 one un une uno una один одна одного одной واحد واحدا واحدة إحدى أحد
2 two deux dos два две двух двое двумя اثنان اثنين اثنتان اثنتين اثنا اثنى اثنتا
3 three trois tres три трёх трех трое тремя ثلاث ثلاثة
4 four quatre cuatro четыре четырёх четырех четверо أربع أربعة
5 five cinq cinco пять пяти пятеро пятью خمس خمسة
6 six seis шесть шести шестеро ست ستة
7 seven sept siete семь семи семеро سبع سبعة
8 eight huit ocho восемь восьми ثمان ثماني ثمانية
9 nine neuf nueve девять девяти تسع تسعة
10 ten dix diez десять десяти عشر عشرة
11 eleven onze once одиннадцать одиннадцати
12 twelve douze doce двенадцать двенадцати
13 thirteen treize trece тринадцать тринадцати
14 fourteen quatorze catorce четырнадцать четырнадцати
15 fifteen quinze quince пятнадцать пятнадцати
16 sixteen seize dieciséis шестнадцать шестнадцати
17 seventeen diecisiete семнадцать семнадцати
18 eighteen dieciocho восемнадцать восемнадцати
19 nineteen diecinueve девятнадцать девятнадцати
20 twenty vingt vingts veinte двадцать двадцати عشرون عشرين
21 veintiuno veintiún 22 veintidós 23 veintitrés 24 veinticuatro 25 veinticinco
26 veintiséis 27 veintisiete 28 veintiocho 29 veintinueve
30 thirty trente treinta тридцать тридцати ثلاثون ثلاثين
40 forty quarante cuarenta сорок сорока أربعون أربعين
50 fifty cinquante cincuenta пятьдесят пятидесяти خمسون خمسين
60 sixty soixante sesenta шестьдесят шестидесяти ستون ستين
70 seventy septante setenta семьдесят семидесяти سبعون سبعين
80 eighty octante huitante ochenta восемьдесят восьмидесяти ثمانون ثمانين
90 ninety nonante noventa девяносто تسعون تسعين
100 hundred cent cents cien ciento сто ста مئة مائة مية
200 doscientos doscientas двести двухсот مئتان مئتين مائتان مائتين مئتا مئتي مائتا مائتي
300 trescientos trescientas триста трёхсот трехсот ثلاثمئة ثلاثمائة
400 cuatrocientos cuatrocientas четыреста четырёхсот четырехсот أربعمئة أربعمائة
500 quinientos quinientas пятьсот пятисот خمسمئة خمسمائة
600 seiscientos seiscientas шестьсот шестисот ستمئة ستمائة
700 setecientos setecientas семьсот семисот سبعمئة سبعمائة
800 ochocientos ochocientas восемьсот восьмисот ثمانمئة ثمانمائة ثمانيمئة
900 novecientos novecientas девятьсот девятисот تسعمئة تسعمائة
1000 thousand mille mil тысяча тысячи тысяч тысячу тыс ألف ألفا آلاف
2000 ألفان ألفين ألفا ألفي
1000000 million millions millón millones миллион миллиона миллионов млн مليون مليونا ملايين
2000000 مليونان مليونين مليونا مليوني
1000000000 billion milliard milliards миллиард миллиарда миллиардов млрд مليار مليارا مليارات بليون
2000000000 مليارين ملياران ملياري
"""
_JOINING = "and et y و"
JOINING = frozenset(_JOINING.split())
"""Words that may stand within a number."""


@cache
def number_words() -> dict[str, float]:
    """What each folded word is worth; where two rows claim a word, the first."""
    values: dict[str, float] = {}
    value = 0.0
    for token in _WORDS.split():
        if token.isdecimal():
            value = float(token)
        else:
            values.setdefault(fold(token).text, value)
    return values


CHINESE = "零〇一二三四五六七八九十百千万亿两"
"""The signs of Chinese numbers; a run of them is one word."""
_CHINESE_DIGITS = {sign: float(value) for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0.0, "两": 2.0}
_CHINESE_TENS = {"十": 10.0, "百": 100.0, "千": 1000.0}

_THOUSAND, _HUNDRED, _SCORE, _FOUR, _TEN = 1000.0, 100.0, 20.0, 4.0, 10.0


def combined(values: Iterable[float]) -> float:
    """The worth of a run of number words and figures.

    >>> combined([260.0, 1000.0]), combined([60.0, 11.0]), combined([4.0, 20.0, 10.0])
    (260000.0, 71.0, 90.0)
    """
    total = current = 0.0
    for value in values:
        if value >= _THOUSAND:
            total, current = total + (current or 1.0) * value, 0.0
        elif (value == _HUNDRED and 0 < current < _TEN) or (value == _SCORE and current == _FOUR):
            current *= value
        else:
            current += value
    return total + current


def chinese(run: str) -> float:
    """The worth of a run of Chinese signs, figures one by one («二〇二六») included.

    >>> chinese("三十一"), chinese("两百零五"), chinese("十二万"), chinese("二〇二六")
    (31.0, 205.0, 120000.0, 2026.0)
    """
    total = section = 0.0
    digits = ""
    for sign in run:
        if sign in _CHINESE_DIGITS:
            digits += str(int(_CHINESE_DIGITS[sign]))
        elif sign in _CHINESE_TENS:
            section, digits = section + float(digits or 1) * _CHINESE_TENS[sign], ""
        else:
            section += float(digits or 0)
            total = (total + section or 1.0) * 1e8 if sign == "亿" else total + (section or 1.0) * 1e4
            section, digits = 0.0, ""
    return total + section + float(digits or 0)
