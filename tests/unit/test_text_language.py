"""The wire's word where the script allows it, or a guess. Short flashes stand in tests/cases/language.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.text.language import language

CASES = json.loads((Path(__file__).parents[1] / "cases/language.json").read_text(encoding="utf-8"))

_REQUIRED = {"ar", "en", "fr", "es", "ru", "zh", "fa", "ur", "ckb", "ps", "uk", "bg", "pt", "it", "ja"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.get('stated', '')}-{case['language']}-{case['text'][:24]}")
def test_cases(case):
    assert language(case.get("stated"), case["text"]) == case["language"]


def test_there_are_enough_cases():
    assert len(CASES) >= 80
    assert {case["language"] for case in CASES} >= {
        "ar",
        "en",
        "fr",
        "es",
        "ru",
        "zh",
        "fa",
        "ur",
        "ckb",
        "ps",
        "uk",
        "bg",
        "pt",
        "it",
        "ja",
    }


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
    assert language(stated, "12345") == expected


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
