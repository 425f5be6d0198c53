"""Agency credits."""

from __future__ import annotations

import pytest

from streams.core.dedup.agency import agency
from streams.core.model import Article, Field


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("جدة - واس:\nاستقبل الأمير ضيفه", "spa"),
        ("الرياض – واس\nاستقبل الأمير ضيفه", "spa"),
        ("(رويترز) - قال مسؤول إن الطريق فتح", "reuters"),
        ("بيروت - أ ف ب: قتل شخص", "afp"),
        ("القاهرة/ أ.ش.أ: صرح الوزير", "mena"),
        ("عمان - بترا - قال الوزير", "petra"),
        ("رويترز، أ ف ب\nقتل شخص", "reuters"),
        ("وكالات\nقتل شخص", "agencies"),
        ("قتل شخص في الحادث.\n\n(أ ف ب)", "afp"),
        ("قتل شخص في الحادث. (وكالات)", "agencies"),
        ("قتل شخص في الحادث\nالمصدر: وكالة الأنباء السعودية", "spa"),
        ("LONDON, May 3 (Reuters) - The bank kept its rate", "reuters"),
        ("Madrid, 3 ene (EFE).- Los trenes vuelven", "efe"),
        ("PARIS (AFP) — Le train arrive", "afp"),
        ("МОСКВА, 14 мая. /ТАСС/. Поезд прибыл", "tass"),
        ("新华社北京5月1日电（记者王明）列车已经到达", "xinhua"),
        ("The minister told Reuters that nothing had changed", None),
        ("قال الوزير لرويترز إن شيئا لم يتغير", None),
        ("وفا الأمل تفوز - بطولة المدارس", None),
        ("BANGKOK — The train arrived", None),
        ("", None),
    ],
)
def test_credits(text, expected):
    assert agency(Article("s", "u", "1", None, None, None, Field("/bodies/0/value", text))) == expected


def test_without_a_body():
    assert agency(Article("s", "u", "1", None, None, Field("/headlines/0/value", "رويترز"), None)) is None
