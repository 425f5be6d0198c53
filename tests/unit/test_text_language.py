"""The wire's word, or a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.text.language import language


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("ar", "ar"),
        ("AR-eg", "ar"),
        ("en_GB", "en"),
        ("fr-FR", "fr"),
        ("ara", "ar"),
        ("de", "de"),
        ("ckb", "ckb"),
        (" zh-Hans ", "zh"),
    ],
)
def test_the_wires_word_counts(stated, expected):
    assert language(stated, "whatever the text") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قال المتحدث إن الاجتماع سيعقد غدا في المدينة بعد الظهر.", "ar"),
        ("عاجل: غارات على الميناء", "ar"),
        ("وزیر امور خارجه گفت که این جلسه برای بررسی وضعیت در شهر برگزار شد.", "fa"),
        ("وزیر خارجہ نے کہا ہے کہ اجلاس کل ہوگا اور اس میں سب کے نمائندے شریک ہوں گے۔", "ur"),
        ("وتەبێژی حکومەت گوتی کە کۆبوونەوەکە لە شاری هەولێر بەڕێوە دەچێت.", "ckb"),
        ("د بهرنیو چارو وزیر وویل چې غونډه به په کابل کې وشي او ټول به پکې ګډون کوي.", "ps"),
        ("The minister said that the meeting will be held in the city.", "en"),
        ("Le ministre a dit que la réunion se tiendra dans la ville.", "fr"),
        ("El ministro dijo que la reunión se celebrará en la ciudad.", "es"),
        ("Министр сказал, что встреча состоится в городе.", "ru"),
        ("部长说会议将在市内举行。", "zh"),
        ("BREAKING: Air strikes hit the capital", "en"),
        ("Explosión en la capital", "es"),
        ("ÚLTIMA HORA: bombardeos contra el puerto", "es"),
        ("Attentat à la gare", "fr"),
        ("12345 !!", "und"),
        ("", "und"),
    ],
)
def test_guesses(text, expected):
    assert language(None, text) == expected
    assert language("und", text) == expected


@given(st.none() | st.text(), st.text())
def test_total(stated, text):
    assert language(stated, text)
